// Creates a temporary folder that is removed when its process ends, and removes the folders of killed processes.
import { rmSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface TemporaryFolder {
  path: string;
  remove(): Promise<void>;
}

/** The process id tells later processes whether the folder is still in use. */
const nameOfFolder = /^deltapipe-(\d+)-/;

/** The folder is also removed when the process exits. Only a signal that kills the process at once leaves it behind. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const parent = resolve(tmpdir());
  await removeAbandoned(parent);
  const path = await mkdtemp(join(parent, `deltapipe-${process.pid}-`));
  const removeAtExit = (): void => rmSync(path, { recursive: true, force: true });
  process.once("exit", removeAtExit);
  return {
    path,
    async remove() {
      process.off("exit", removeAtExit);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const id = nameOfFolder.exec(name)?.[1];
    const path = join(parent, name);
    if (id === undefined || isRunning(Number(id)) || !(await isOwn(path))) continue;
    // Another stack that starts at the same time removes the same folders, so files may vanish in between. A folder
    // that cannot be removed costs some disk space, which is no reason not to start.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Temporary folders may be shared with other users, whose files are theirs to remove. */
async function isOwn(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (process.getuid === undefined || found.uid === process.getuid());
}
