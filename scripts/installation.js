// Installs the packages that a folder's lock file names. Plain JavaScript, because it runs before anything is installed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** Holds the id of the process that is installing. */
const lockName = ".installing";
/** Between two looks at the lock. */
const pauseMs = 100;

/**
 * How a script of npm's begins: shows its help and ends, or installs what is missing. What goes wrong is one sentence
 * and exit code 2.
 *
 * @param {string} folder
 * @param {string} help
 */
export async function prepare(folder, help) {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    process.exit();
  }
  try {
    requireNode();
    await installMissing(folder);
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
  // The SDK's warning about the end of Node 20 does not concern what is deployed, on a newer Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
}

/**
 * Does nothing where all is there already. Otherwise it installs, one process at a time, and tells on standard error
 * how far it is: every `everyMs` milliseconds where no terminal shows npm's own progress.
 * Rejects with an Error that says what to do.
 *
 * @param {string} folder
 * @param {{ everyMs?: number, say?: (line: string) => void }} [options]
 * @returns {Promise<void>}
 */
export async function installMissing(folder, { everyMs = 5000, say = console.error } = {}) {
  if (isInstalled(folder)) return;
  const unlock = await lock(join(folder, lockName), everyMs, say);
  try {
    // Whoever held the lock before may have done it.
    if (!isInstalled(folder)) await install(folder, everyMs, say);
  } finally {
    unlock();
  }
}

/**
 * npm writes down what it installed: anything but the lock file's packages is not what this runs on.
 *
 * @param {string} folder
 */
function isInstalled(folder) {
  const installed = join(folder, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = readPackages(join(folder, "package-lock.json"));
  const found = readPackages(installed);
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === "" || optional || (found[path]?.version === version && existsSync(join(folder, path)));
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

async function install(folder, everyMs, say) {
  // `npm ci` begins by deleting all packages, also under a local stack that runs on them. What npm has installed before
  // it mends in place; --no-save leaves the lock file alone.
  const isFresh = !existsSync(join(folder, "node_modules/.package-lock.json"));
  const command = isFresh ? ["ci"] : ["install", "--no-save"];
  const shown = `npm ${command.join(" ")}`;
  say(`Installing what is missing, with ${shown} …`);
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => say(`Still installing, ${seconds()} s …`), everyMs);
  if (process.stderr.isTTY) clearInterval(progress);
  try {
    // Also where NODE_ENV says production: what runs here are development tools.
    const code = await npm(folder, [
      ...command,
      "--include=dev",
      "--loglevel=error",
      "--no-audit",
      "--no-fund",
    ]);
    if (code !== 0) throw new Error(`it ended with ${code}, see above`);
  } catch (error) {
    throw new Error(`Cannot install what is missing with ${shown}: ${error.message}; run npm ci by itself`);
  } finally {
    clearInterval(progress);
  }
}

async function npm(folder, args) {
  const options = { cwd: folder, stdio: ["ignore", 2, 2] };
  // Where npm runs this, it says which npm it is.
  const cli = process.env["npm_execpath"] ?? "";
  const child =
    basename(cli) === "npm-cli.js"
      ? spawn(process.execPath, [cli, ...args], options)
      : // npm is a script with another name there, which only a shell finds.
        spawn("npm", args, { ...options, shell: process.platform === "win32" });
  const [code, signal] = await once(child, "exit");
  return code ?? signal;
}

/** Resolves with what gives it back, once this process holds it. */
async function lock(file, everyMs, say) {
  const own = String(process.pid);
  for (let look = 0; ; look++) {
    const holder = readIfThere(file);
    if (holder === own) return () => rmSync(file, { force: true });
    if (holder === undefined) write(file, own, "wx");
    // Of several who take over from a process that is gone, the last holds it.
    else if (!isRunning(Number(holder))) write(file, own, "w");
    else if (look % Math.ceil(everyMs / pauseMs) === 0) {
      say(`Waiting for process ${holder}, which is installing; if it is not, delete ${file}`);
    }
    await setTimeout(pauseMs);
  }
}

function write(file, text, flag) {
  try {
    writeFileSync(file, text, { flag });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function isRunning(processId) {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Cannot run on Node.js ${process.versions.node}: install 20.19 or later`);
}
