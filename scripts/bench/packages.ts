// The benchmark's own packages: the contenders and the Node that all of them run on. No part of the product.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

interface LockFile {
  packages: Record<string, { version?: string; optional?: boolean }>;
}

/** npm writes down what it installed: anything but the lock file's packages is not what should be measured. */
export function arePackagesInstalled(): boolean {
  const installed = join(folder, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = readLockFile(join(folder, "package-lock.json"));
  const found = readLockFile(installed);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/** Throws when npm fails. */
export function installPackages(): void {
  const { status, error } = spawnSync("npm", ["ci", "--include=dev", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    // npm is a script with another name there, which only a shell finds.
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  throw new Error(`npm ci failed in scripts/bench: ${error?.message ?? "see above"}`);
}

/** The Node that Lambda runs, where it can be installed as a package; else the one that runs this. */
export function findNode(): { path: string; isLambdas: boolean } {
  const path = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  return existsSync(path) ? { path, isLambdas: true } : { path: process.execPath, isLambdas: false };
}

function readLockFile(path: string): LockFile["packages"] {
  return (JSON.parse(readFileSync(path, "utf8")) as LockFile).packages;
}
