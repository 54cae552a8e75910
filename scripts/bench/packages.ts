// Installs the benchmark's own packages: the contenders' libraries, and the Node that runs all contenders.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasPackage, installMissing } from "../installation.js";

export const benchFolder = fileURLToPath(new URL(".", import.meta.url));

/** Reports progress through `say`. Rejects if npm fails. */
export function installPackages(say: (line: string) => void): Promise<void> {
  return installMissing(benchFolder, { say });
}

/** `path` is a Node executable: of Lambda's version if it is installed as a package, else the one that runs this script. */
export function findNode(): { path: string; isLambdas: boolean } {
  const name = `node-${process.platform}-${process.arch}`;
  if (!hasPackage(benchFolder, name)) return { path: process.execPath, isLambdas: false };
  return { path: join(benchFolder, "node_modules", name, "bin/node"), isLambdas: true };
}
