// Runs the tests of a folder that has its own packages. Plain JavaScript, because it runs before anything is installed.
import { fileURLToPath } from "node:url";
import { installMissing, prepare } from "./installation.js";

/**
 * Installs the packages of the repository and of the folder, then runs the folder's tests with the command line's options for
 * vitest. `--help` prints the help instead.
 *
 * @param {string} folder the folder's path in the repository
 * @param {string} help
 * @param {{ otherwise: (error: Error) => void }} options `otherwise` is called if the folder's packages cannot be installed
 */
export async function testFolder(folder, help, { otherwise }) {
  await prepare(fileURLToPath(new URL("..", import.meta.url)), help);
  await installMissing(fileURLToPath(new URL(`../${folder}`, import.meta.url))).catch(otherwise);
  const { parseCLI, startVitest } = await import("vitest/node");
  const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
  await startVitest("test", filter, { ...options, config: `${folder}/vitest.config.ts` });
}
