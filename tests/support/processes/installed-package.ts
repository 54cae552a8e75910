// The npm package as callers get it: packed by `npm run pack` and installed in an otherwise empty project.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { builtOnce } from "../builds/built-once.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface InstalledPackage {
  /** The project's folder. */
  project: string;
  /** The package's own folder. */
  folder: string;
  /** The command line's file. */
  bin: string;
  /** The paths of all files in the tarball. */
  files: string[];
  remove(): Promise<void>;
}

/**
 * Does what `npm install` does with the tarball, but without a network: dependencies are links to this repository's
 * packages. `others` are further packages to link.
 */
export async function installPackage(others: string[] = []): Promise<InstalledPackage> {
  const project = await mkdtemp(join(tmpdir(), "deltapipe-project-"));
  const folder = join(project, "node_modules/deltapipe");
  await mkdir(folder, { recursive: true });
  const { file, paths } = await builtOnce("tarball", {});
  await run("tar", ["-xzf", file, "-C", folder, "--strip-components=1"]);
  for (const name of ["aws4", "undici", ...others]) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  return {
    project,
    folder,
    bin: join(folder, "dist/lib/command-line/deltapipe.js"),
    files: paths,
    remove: () => rm(project, { recursive: true }),
  };
}
