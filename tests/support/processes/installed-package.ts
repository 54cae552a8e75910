// The npm package as callers get it: packed by `npm run pack` and installed in an otherwise empty project.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { copyService } from "../deployment/service-copy.ts";

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
  const files = await packInto(folder);
  for (const name of ["aws4", "undici", ...others]) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  return {
    project,
    folder,
    bin: join(folder, "dist/lib/command-line/deltapipe.js"),
    files,
    remove: () => rm(project, { recursive: true }),
  };
}

/** Packs in a copy of the repository, because test files that run at the same time would build into the same folder. */
async function packInto(folder: string): Promise<string[]> {
  const copy = await copyService(["tsconfig.json", "LICENSE", "README.md"]);
  try {
    const env = { ...process.env, HOME: copy.folder, npm_config_update_notifier: "false" };
    const args = ["run", "--silent", "pack", "--", "--json"];
    const { stdout } = await run("npm", args, { cwd: copy.folder, env });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    await run("tar", ["-xzf", join(copy.folder, packed.filename), "-C", folder, "--strip-components=1"]);
    return packed.files.map(({ path }) => path);
  } finally {
    await copy.remove();
  }
}
