// Installs the packages in a folder's package-lock.json. Plain JavaScript, because it runs before anything is installed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { exitWhenOutputCloses } from "./closed-output.js";
import { lock } from "./installation-lock.js";

/** The name of the lock file, which contains the id of the process that is installing. */
const lockName = ".installing";

/**
 * The first step of an npm script: prints the help and exits if `--help` is given, and otherwise installs missing packages.
 * If that fails, prints one sentence and exits with code 2.
 *
 * @param {string} folder
 * @param {string} help
 */
export async function prepare(folder, help) {
  exitWhenOutputCloses();
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
  // The SDK warns that it will drop Node 20. The deployed function runs on a newer Node, so the warning would mislead.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
}

/**
 * Installs missing packages. Only one process at a time can do this; the others wait. Does nothing if no package is missing.
 * Calls `say` with a line when the installation starts, and every `everyMs` milliseconds while another process installs. If npm
 * cannot show its own progress on a terminal, also calls `say` every `everyMs` milliseconds during the installation.
 * Rejects with an Error whose message says what to do.
 *
 * @param {string} folder
 * @param {{ everyMs?: number, say?: (line: string) => void }} [options]
 * @returns {Promise<void>}
 */
export async function installMissing(folder, { everyMs = 5000, say = console.error } = {}) {
  if (isInstalled(folder)) return;
  const unlock = await lock(join(folder, lockName), everyMs, say);
  try {
    // Another process may have installed the packages while this one waited for the lock.
    if (!isInstalled(folder)) await install(folder, everyMs, say);
  } finally {
    unlock();
  }
}

/**
 * Whether a package is in the folder's node_modules, in any version.
 *
 * @param {string} folder
 * @param {string} name
 */
export function hasPackage(folder, name) {
  return existsSync(join(folder, "node_modules", name));
}

/**
 * Returns whether package-lock.json and npm's record of the installed packages have the same versions.
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
  // `npm ci` deletes all packages first, which would break a running local stack. `npm install` repairs an existing
  // installation in place, and with --no-save it does not change package-lock.json.
  const isFresh = !existsSync(join(folder, "node_modules/.package-lock.json"));
  const command = isFresh ? ["ci"] : ["install", "--no-save"];
  const shown = `npm ${command.join(" ")}`;
  say(`Installing missing packages with ${shown} …`);
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => say(`Still installing, ${seconds()} s …`), everyMs);
  if (process.stderr.isTTY) clearInterval(progress);
  try {
    // The packages are development tools, which npm would leave out if NODE_ENV were "production".
    const code = await npm(folder, [
      ...command,
      "--include=dev",
      "--loglevel=error",
      "--no-audit",
      "--no-fund",
    ]);
    if (code !== 0) throw new Error(`it exited with ${code}, see above`);
  } catch (error) {
    throw new Error(
      `Cannot install missing packages with ${shown}: ${error.message}; run npm ci in ${folder}`,
    );
  } finally {
    clearInterval(progress);
  }
}

async function npm(folder, args) {
  const options = { cwd: folder, stdio: ["ignore", 2, 2] };
  // If npm runs this script, this variable contains the path of that npm.
  const cli = process.env["npm_execpath"] ?? "";
  const child =
    basename(cli) === "npm-cli.js"
      ? spawn(process.execPath, [cli, ...args], options)
      : // On Windows npm is a script, npm.cmd, which only a shell can run.
        spawn("npm", args, { ...options, shell: process.platform === "win32" });
  const [code, signal] = await once(child, "exit");
  return code ?? signal;
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Cannot run: found Node.js ${process.versions.node}; install 20.19 or later`);
}
