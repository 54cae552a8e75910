// `npm start`: installs what is missing, then runs the local stack. Plain JavaScript that needs nothing installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stop(`Node.js ${process.versions.node} is too old: install 20.19 or later`);
}
if (!isInstalled()) install();
// What runs here is deployed on a newer Node: the SDK's word on the end of Node 20 is not the reader's business.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const { register } = await import("tsx/esm/api");
register();
await import("./local-stack.ts");

/** npm writes down what it installed: anything but the lock file's packages is not what this runs on. */
function isInstalled() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8"));
  const { packages: found } = JSON.parse(readFileSync(installed, "utf8"));
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === "" || optional || (found[path]?.version === version && existsSync(root + path));
  });
}

function install() {
  console.error("Installing what is missing, with npm ci …");
  // Also where NODE_ENV says production: what runs here are development tools.
  const { status, error } = spawnSync("npm", ["ci", "--include=dev", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    // npm is a script with another name there, which only a shell finds.
    shell: process.platform === "win32",
  });
  if (status !== 0)
    stop(`npm ci failed: ${error?.message ?? "see above"}. Run it by itself, then npm start again`);
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
