// Runs `npm run pack` in a copy of the repository. In the repository itself, it would replace `dist`.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyService } from "../deployment/service-copy.ts";

const run = promisify(execFile);

export interface Tarball {
  file: string;
  /** The paths of the files in the tarball. */
  paths: string[];
}

/** Makes the copy in a new folder in `parent`. */
export async function packRepository(parent: string): Promise<Tarball> {
  const { folder } = await copyService(["tsconfig.json", "LICENSE", "README.md"], parent);
  const env = { ...process.env, HOME: folder, npm_config_update_notifier: "false" };
  const args = ["run", "--silent", "pack", "--", "--json"];
  const { stdout } = await run("npm", args, { cwd: folder, env });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return { file: join(folder, packed.filename), paths: packed.files.map(({ path }) => path) };
}
