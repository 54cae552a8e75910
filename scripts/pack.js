// `npm run pack`: builds the npm package and prints the command that installs it.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepare } from "./installation.js";

const help = `Builds the npm package for callers: the client, the signer and the command line.

Usage: npm run pack -- [options]

  --pack-destination FOLDER   the folder for the tarball (default: the repository's folder)
  --json                      print npm's description of the package, with all files
  --help                      print this text

All other options go to npm pack.
`;

const root = fileURLToPath(new URL("..", import.meta.url));
await prepare(root, help);
const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  strict: false,
  options: {
    json: { type: "boolean" },
    "pack-destination": { type: "string", default: "." },
  },
});
pack();

function pack() {
  npm("run", "--silent", "build");
  const described = npm("pack", "--json", ...args);
  if (values.json) return void process.stdout.write(described);
  const [{ filename, size, entryCount }] = JSON.parse(described);
  const file = resolve(root, String(values["pack-destination"]), filename);
  console.log(`${filename}: ${size.toLocaleString("en-GB")} bytes, ${entryCount} files`);
  console.log(`To install it in a project: npm install ${file}`);
}

/** Returns npm's standard output. If npm fails, exits with its code; npm has printed the reason. */
function npm(...args) {
  const { status, stdout } = spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    // On Windows npm is a script, npm.cmd, which only a shell can run.
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  process.stderr.write(stdout ?? "");
  process.exit(status ?? 1);
}
