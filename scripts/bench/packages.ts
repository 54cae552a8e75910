// The benchmark's own packages: the contenders and the Node that all of them run on. No part of the product.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installMissing } from "../installation.js";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Tells with `say` what it does. Rejects when npm fails. */
export function installPackages(say: (line: string) => void): Promise<void> {
  return installMissing(folder, { say });
}

/** The Node that Lambda runs, where it can be installed as a package; else the one that runs this. */
export function findNode(): { path: string; isLambdas: boolean } {
  const path = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  return existsSync(path) ? { path, isLambdas: true } : { path: process.execPath, isLambdas: false };
}
