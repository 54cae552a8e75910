// A copy of the service in a folder of its own, to be edited, packaged and thrown away.
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

/** What is installed is shared, not copied. */
export async function copyService(more: string[] = []): Promise<ServiceCopy> {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  // The benchmark's own packages are a hundred megabytes, and no part of the service.
  const filter = (source: string) => basename(source) !== "node_modules";
  for (const part of [...parts, ...more]) {
    await cp(join(root, part), join(folder, part), { recursive: true, filter });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
