// Lets only one process at a time install packages, with a lock file that contains that process's id.
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** The time between two checks of the lock. */
const pauseMs = 100;
/** Taking over takes less than a millisecond. A file that is as old as this was left by a process that was killed meanwhile. */
const takeOverMs = 10_000;

/**
 * Resolves when this process holds the lock, with a function that releases it. While another process holds the lock, calls
 * `say` every `everyMs` milliseconds with a line that names the process.
 *
 * @param {string} file
 * @param {number} everyMs
 * @param {(line: string) => void} say
 * @returns {Promise<() => void>}
 */
export async function lock(file, everyMs, say) {
  const own = String(process.pid);
  for (let attempt = 0; ; attempt++) {
    const holder = readIfThere(file);
    if (holder === own) return () => rmSync(file, { force: true });
    if (holder === undefined) create(file, own);
    else if (isRunning(Number(holder)) || !takeOver(file, holder, own)) {
      if (attempt % Math.ceil(everyMs / pauseMs) === 0)
        say(`Waiting for process ${holder}, which is installing packages. If it is not, delete ${file}`);
    }
    // A file that has just been created is empty for a moment, and another process may take it over in that moment. Then only one
    // of the two ids stays in the file, and the next check shows which.
    await setTimeout(pauseMs);
  }
}

/** Returns false if the file exists already. */
function create(file, text) {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/**
 * Replaces a holder that has ended without releasing the lock. Only one process at a time may do this, and it has to look again:
 * since the first look, another process may have taken over, and may already be installing. Returns false if another process is
 * taking over at this moment.
 */
function takeOver(file, holder, own) {
  const guard = `${file}-take-over`;
  if (!create(guard, own)) {
    if (ageOf(guard) > takeOverMs) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (readIfThere(file) === holder) writeFileSync(file, own);
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

/** In milliseconds. 0 if there is no such file. */
function ageOf(file) {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return mtimeMs === undefined ? 0 : Date.now() - mtimeMs;
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // Without a file, no process holds the lock.
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}

function isRunning(processId) {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
