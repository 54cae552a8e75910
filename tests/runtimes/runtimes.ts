// The runtimes: the path of each runtime's program, and how the program runs a module that calls the case service.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumArguments } from "../support/callers/browser.ts";
import type { Kind } from "./expected-outcomes.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
export const runtimesFolder = folder;

export interface Runtime {
  name: string;
  kind: Kind;
  /** The path of the program in this folder's packages or in the PATH, or of this process's Node. Undefined if not found. */
  program: string | undefined;
  /** Whether the script is one file with the package in it, rather than a module that imports the installed package. */
  isBundled: boolean;
  /** Starts the program with the script. `page` is the URL of a page that contains the script. */
  start(program: string, script: string, page: string): Promise<Started>;
}

export interface Started {
  process: ChildProcess;
  /** Removes the files that `start` has written. Called after the process has ended. */
  clean(): Promise<void>;
}

const { platform, arch } = process;
const x64OrArm64 = arch === "x64" ? "x64" : "arm64";

export const runtimes: Runtime[] = [
  ...[20, 22, 24].map((major): Runtime => ({
    name: `Node.js ${major}`,
    kind: "undici",
    program: installed(`node-${major}-${platform}-${arch}/bin/node`) ?? ownNode(major),
    isBundled: false,
    start: (program, script) => startProcess(program, [script]),
  })),
  {
    name: "Deno",
    kind: "undici",
    program: installed(`@deno/${platform}-${x64OrArm64}-glibc/deno`) ?? inPath("deno"),
    isBundled: false,
    start: (program, script) =>
      startProcess(program, ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual", script]),
  },
  {
    name: "Bun",
    kind: "fetch",
    program:
      installed(`@oven/bun-${platform}-${arch === "x64" ? "x64" : "aarch64"}/bin/bun`) ?? inPath("bun"),
    isBundled: false,
    start: (program, script) => startProcess(program, [script]),
  },
  {
    name: "workerd",
    kind: "silent fetch",
    program: installed(`@cloudflare/workerd-${platform}-${arch === "x64" ? "64" : "arm64"}/bin/workerd`),
    isBundled: true,
    start: startWorker,
  },
  {
    name: "Chromium",
    kind: "browser",
    program: ["chromium", "chromium-browser", "google-chrome"].map(inPath).find(Boolean),
    isBundled: true,
    start: startBrowser,
  },
];

async function startProcess(program: string, args: string[]): Promise<Started> {
  return {
    process: spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] }),
    clean: async () => {},
  };
}

/**
 * A Worker may call other services only while it answers a request, so a request runs the script:
 * https://developers.cloudflare.com/workers/runtime-apis/request/#the-request-context
 */
async function startWorker(program: string, script: string): Promise<Started> {
  const config = `${script}.capnp`;
  await writeFile(config, workerConfig(basename(script)));
  const process = spawn(program, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const control = process.stdio[3] as NodeJS.ReadableStream;
  control.on("data", (message: Buffer) => {
    const port = /"event":"listen".*"port":(\d+)/.exec(message.toString())?.[1];
    // The request lasts until the cases have ended. Its response is not needed, because the cases post their outcomes themselves.
    if (port !== undefined) fetch(`http://127.0.0.1:${port}/`).catch(() => {});
  });
  return { process, clean: () => rm(config) };
}

function workerConfig(script: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "main", esModule = embed "${script}")], compatibilityDate = "2024-09-23")),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

async function startBrowser(program: string, _script: string, page: string): Promise<Started> {
  const home = await mkdtemp(join(tmpdir(), "deltapipe-chromium-"));
  const process = spawn(program, [...chromiumArguments(home), page], { stdio: "ignore" });
  return { process, clean: () => rm(home, { recursive: true, force: true, maxRetries: 10 }) };
}

function installed(path: string): string | undefined {
  const file = join(folder, "node_modules", path);
  return existsSync(file) ? file : undefined;
}

function ownNode(major: number): string | undefined {
  return process.versions.node.startsWith(`${major}.`) ? process.execPath : undefined;
}

/** Returns an absolute path, because Playwright needs one. */
function inPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const file = folders.map((each) => join(each, program)).find(existsSync);
  if (file === undefined) return undefined;
  return spawnSync(file, ["--version"], { stdio: "ignore" }).status === 0 ? file : undefined;
}
