// The package as callers get it: packed by `npm run pack`, and put into a project that has nothing else.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { copyService } from "./service-copy.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

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
 * Does what `npm install` does with the tarball, without a network: its dependencies are those that are installed here.
 * `others` are linked beside them.
 */
export async function installPackage(others: string[] = []): Promise<InstalledPackage> {
  const { tarball, files, remove } = await pack();
  const project = await mkdtemp(join(tmpdir(), "deltapipe-project-"));
  const folder = join(project, "node_modules/deltapipe");
  await mkdir(folder, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  await remove();
  for (const name of ["aws4", "undici", ...others]) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  return {
    project,
    folder,
    bin: join(folder, "dist/scripts/command-line/deltapipe.js"),
    files,
    remove: () => rm(project, { recursive: true }),
  };
}

// In a copy, because test files that run at the same time would build into the same folder.
async function pack() {
  const readme = existsSync(join(root, "README.md")) ? ["README.md"] : [];
  const copy = await copyService(["tsconfig.json", "LICENSE", ...readme]);
  const env = { ...process.env, HOME: copy.folder, npm_config_update_notifier: "false" };
  const { stdout } = await run("npm", ["run", "--silent", "pack", "--", "--json"], { cwd: copy.folder, env });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return {
    tarball: join(copy.folder, packed.filename),
    files: packed.files.map(({ path }) => path),
    remove: copy.remove,
  };
}
