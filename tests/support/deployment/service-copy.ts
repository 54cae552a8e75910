// Copies the service into a temporary folder, where a test can edit and package it.
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const parts = ["handlers", "lib", "scripts", "package.json", "package-lock.json", "serverless.yml"];

export interface ServiceCopy {
  folder: string;
  remove(): Promise<void>;
}

/** Copies the service and the paths in `more` to a new folder in `parent`. The copy's node_modules is a link. */
export async function copyService(more: string[] = [], parent = tmpdir()): Promise<ServiceCopy> {
  const folder = await mkdtemp(join(parent, "deltapipe-test-"));
  // The benchmark's packages and Rust's build take up hundreds of megabytes, and the service does not use them.
  const filter = (source: string) => !["node_modules", "target"].includes(basename(source));
  for (const part of [...parts, ...more]) {
    await cp(join(root, part), join(folder, part), { recursive: true, filter });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
