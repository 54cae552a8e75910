// Creates a temporary folder that is removed when its process ends, and removes the folders of killed processes.
import { rmSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface TemporaryFolder {
  path: string;
  remove(): Promise<void>;
}

/** The name contains the id of the process that uses the folder, so that later processes can check whether it is running. */
const nameOfFolder = /^deltapipe-(\d+)-/;

/** The folder is removed when the process exits, unless a signal such as SIGKILL ends the process immediately. */
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
    // Errors are ignored: another stack that starts at the same time may remove the same files, and a folder that cannot be
    // removed costs only disk space, so the stack should start anyway.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    // Any other code, such as EPERM for another user's process, means that the process exists.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether this user owns the folder. The system's temporary folder is often shared, and other users' folders must stay. */
async function isOwn(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (process.getuid === undefined || found.uid === process.getuid());
}
