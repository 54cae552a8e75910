// Detects that the npm process that runs this script has ended. This is necessary because npm, when it is killed, does not pass
// the signal on to the script.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const everyMs = 1000;
/** npm runs a script in a shell, and the shell keeps running when npm is killed. */
const shells = /^-?(sh|ash|bash|dash|ksh|zsh|busybox)$/;

interface Parent {
  id: number;
  /** The file name of the program, without its folder. */
  name: string;
}

/** Calls `callback` once, when npm has ended. Does nothing if npm did not start this script. */
export function onNpmGone(callback: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const isNpmRunning = createWatch();
  const timer = setInterval(() => {
    if (isNpmRunning()) return;
    clearInterval(timer);
    callback();
  }, everyMs);
  timer.unref();
}

function createWatch(): () => boolean {
  const parent = process.ppid;
  const above = parentOf(parent);
  if (above === undefined || !shells.test(above.name)) return () => process.ppid === parent;
  const npm = above.id;
  // On Linux, the shell gets a new parent as soon as npm ends. The id of npm cannot be checked there, because it stays in use
  // until the parent of npm has read the exit status.
  const hasNpm = process.platform === "linux" ? () => parentOf(parent)?.id === npm : () => isRunning(npm);
  return () => process.ppid === parent && hasNpm();
}

/** The name of a process and the id of its parent: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function parentOf(id: number): Parent | undefined {
  if (process.platform === "linux") {
    const [, name = "", parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readStat(id)) ?? [];
    return parent === undefined ? undefined : { id: Number(parent), name };
  }
  const { stdout } = spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(id)], { encoding: "utf8" });
  const [, parent, path = ""] = /^\s*(\d+)\s+(.*\S)/.exec(stdout ?? "") ?? [];
  return parent === undefined ? undefined : { id: Number(parent), name: path.replace(/^.*\//, "") };
}

function readStat(id: number): string {
  try {
    return readFileSync(`/proc/${id}/stat`, "utf8");
  } catch {
    return "";
  }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
