// `npm run package`: packages as a deployment would, without credentials, and weighs what would be uploaded.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { createRequire } from "node:module";

/** Bytes of the zip. Every cold start loads it: what makes it heavier has to be worth it. */
const budget = 25_000;

const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const { status } = spawnSync(process.execPath, [serverless, "package", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
if (status === 0) weigh(".serverless/converse.zip");

function weigh(file) {
  const { size } = statSync(file);
  console.log(`${file}: ${number(size)} bytes of at most ${number(budget)}`);
  if (size <= budget) return;
  console.error(
    "The artefact is over its budget: make it smaller, or raise the budget in scripts/package.js",
  );
  process.exitCode = 1;
}

function number(value) {
  return value.toLocaleString("en-GB");
}
