// Runs the Serverless Framework with its own temporary folder, which is removed afterwards.
//
// Before serverless-esbuild makes an archive, it copies the files into the temporary folder. The copy stays there, because the
// plugin removes only folders that are empty (`makeTempPathScoped` in its utils/effect-fs.js, version 1.57.2).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Returns the exit code. Looks for the framework only when called, because the script may have installed it just before.
 *
 * @param {string[]} args
 * @returns {number}
 */
export function runServerless(args) {
  const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  const folder = mkdtempSync(join(tmpdir(), "deltapipe-serverless-"));
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
  try {
    return spawnSync(process.execPath, [serverless, ...args], { stdio: "inherit", env }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
