// Starts moto, a local implementation of AWS's APIs, which is written in Python.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { waitFor } from "../deadline.ts";

/** moto's tests take long, so they only run in continuous integration, or with CI=1, and only where moto is installed. */
const isWanted = process.env["CI"] !== undefined;
export const hasMoto = isWanted && spawnSync("python3", ["-c", "import moto.server"]).status === 0;

export interface Moto {
  url: string;
  process: ChildProcess;
}

/** Starts moto on a free port. moto chooses the port and prints it. */
export async function startMoto(): Promise<Moto> {
  const moto = spawn("python3", ["-m", "moto.server", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  const address = new Promise<string>((resolve) => {
    let output = "";
    for (const stream of [moto.stdout, moto.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
  });
  return { url: await waitFor("moto's start", address), process: moto };
}
