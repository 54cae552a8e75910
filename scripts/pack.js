// `npm run pack`: builds the npm package, and says how to install it.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepare } from "./installation.js";

const help = `Builds the npm package for callers: the client, the signer and the command line.

Usage: npm run pack -- [options]

  --pack-destination FOLDER   where the tarball goes (default: this folder)
  --json                      what npm says of it, with all of its files
  --help                      this text

Other options are those of npm pack.
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

/** Gives back its standard output; ends with its exit code where it fails, and has said why. */
function npm(...words) {
  const { status, stdout } = spawnSync("npm", words, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    // npm is a script with another name there, which only a shell finds.
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  process.stderr.write(stdout ?? "");
  process.exit(status ?? 1);
}
