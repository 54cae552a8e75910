// Lets only one process at a time install packages, with a lock file that contains that process's id.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** The time between two checks of the lock. */
const pauseMs = 100;

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
    if (holder === undefined) write(file, own, "wx");
    // The holder has ended without releasing the lock. If several processes take over at once, the last to write holds it.
    else if (!isRunning(Number(holder))) write(file, own, "w");
    else if (attempt % Math.ceil(everyMs / pauseMs) === 0) {
      say(`Waiting for process ${holder}, which is installing packages. If it is not, delete ${file}`);
    }
    await setTimeout(pauseMs);
  }
}

function write(file, text, flag) {
  try {
    writeFileSync(file, text, { flag });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function isRunning(processId) {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
