// Finds the process that listens on a port of this machine, so that an error message can explain how to stop the process.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface PortHolder {
  id: number;
  /** The program, and its script if it has one. Other arguments are left out, because they may be secrets. */
  command: string;
}

/** Returns undefined if the process cannot be found, for example because it belongs to another user. */
export function findPortHolder(port: number): PortHolder | undefined {
  try {
    return process.platform === "linux" ? fromProc(port) : fromLsof(port);
  } catch {
    // A process ended during the search, or lsof is not installed. The error message then does not name the process.
    return undefined;
  }
}

/** https://docs.kernel.org/networking/proc_net_tcp.html */
function fromProc(port: number): PortHolder | undefined {
  const sockets = ["tcp", "tcp6"].flatMap((file) => listeningSockets(`/proc/net/${file}`, port));
  if (sockets.length === 0) return undefined;
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!openFiles(id).some((file) => sockets.includes(file))) continue;
    const [program = "", script = ""] = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
    return { id: Number(id), command: shorten(program, script) };
  }
  return undefined;
}

/** Returns the sockets that listen on the port, in the form that the links in `/proc/<id>/fd` have: `socket:[<inode>]`. */
function listeningSockets(file: string, port: number): string[] {
  const rows = readIfThere(file).split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    const isListening = state === "0A" && parseInt(local.split(":")[1] ?? "", 16) === port;
    return isListening ? [`socket:[${inode}]`] : [];
  });
}

function openFiles(id: string): string[] {
  try {
    return readdirSync(`/proc/${id}/fd`).map((name) => readlinkSync(`/proc/${id}/fd/${name}`));
  } catch {
    return [];
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** https://lsof.readthedocs.io/en/latest/manpage/ */
function fromLsof(port: number): PortHolder | undefined {
  const args = ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-t"];
  const [id] = spawnSync("lsof", args, { encoding: "utf8" }).stdout.split("\n");
  if (!id) return undefined;
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", id], { encoding: "utf8" });
  const [program = "", script = ""] = stdout.trim().split(" ");
  return { id: Number(id), command: shorten(program, script) };
}

/** Shortens `/usr/bin/node scripts/start/start.js --port 9000` to `node scripts/start/start.js`. */
function shorten(program: string, script: string): string {
  const words = script.startsWith("-") ? [] : [script];
  return [program.replace(/^.*\//, ""), ...words].join(" ").trim();
}
