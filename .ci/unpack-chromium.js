// Unpacks Chromium from the npm package `@sparticuz/chromium` to the given path. Plain JavaScript, because it runs before
// anything is installed.
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { installMissing } from "../scripts/installation.js";

const runtimes = fileURLToPath(new URL("../tests/runtimes/", import.meta.url));
const [target = ""] = process.argv.slice(2);

await installMissing(runtimes);
const require = createRequire(`${runtimes}package.json`);
const { default: chromium } = await import(pathToFileURL(require.resolve("@sparticuz/chromium")).href);
// `executablePath` unpacks Chromium into the folder for temporary files.
copyFileSync(await chromium.executablePath(), target);
// Chromium does not start on a machine that lacks a library it needs, such as NSS.
process.exitCode = spawnSync(target, ["--version"], { stdio: "inherit" }).status ?? 1;
