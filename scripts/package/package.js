// `npm run package`: builds what a deployment would upload, without credentials, and prints a summary of it.
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepare } from "../installation.js";
import { runServerless } from "../run-serverless.js";
import { budgetOf } from "./archive-budgets.js";
import { summarizeTemplate } from "./template-summary.js";

const help = `Builds what a deployment would upload, without credentials, and prints a summary: the resources, every IAM statement
and the sizes. Nothing leaves this machine.

Usage: npm run package -- [options]

  --param "name=value"   a parameter of serverless.yml; may be repeated
  --stage NAME           default dev
  --region NAME          default AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1
  --package FOLDER       the folder for the template and the archives (default .serverless)
  --help                 print this text

All other options go to npx serverless package. Exits with 1 if packaging fails or an archive exceeds its
budget. With bedrockClient=sdk there is no budget, because most of the archive is AWS's SDK.
`;

await prepare(fileURLToPath(new URL("../..", import.meta.url)), help);
const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  strict: false,
  options: { package: { type: "string", short: "p" } },
});
packageService(typeof values.package === "string" ? values.package : ".serverless");

function packageService(folder) {
  const status = runServerless(["package", ...args]);
  process.exitCode = status;
  if (status !== 0) return;
  const template = showTemplate(join(folder, "cloudformation-template-update-stack.json"));
  const resources = Object.values(template.Resources);
  const keepsAnswers = resources.some(({ Type }) => Type === "AWS::DynamoDB::Table");
  for (const { Type, Properties } of resources) {
    if (Type !== "AWS::Lambda::Function") continue;
    const name = basename(Properties.Code.S3Key);
    weigh(join(folder, name), hasSdk(folder) ? Infinity : budgetOf(name, keepsAnswers));
  }
}

function showTemplate(file) {
  const text = readFileSync(file, "utf8");
  const template = JSON.parse(text);
  const resources = Object.keys(template.Resources).length;
  console.log(`\n${file}: ${number(text.length)} bytes, ${resources} resources`);
  console.log(`${summarizeTemplate(template)}\n`);
  return template;
}

/** Whether the bundles contain AWS's SDK, according to the parameters that osls has resolved. */
function hasSdk(folder) {
  const { service } = JSON.parse(readFileSync(join(folder, "serverless-state.json"), "utf8"));
  return service.custom.bedrockClient === "sdk";
}

function weigh(file, budget) {
  const { size } = statSync(file);
  if (budget === undefined) {
    console.error(
      `Cannot judge the size of ${file}: it has no budget; add one to scripts/package/archive-budgets.js`,
    );
    process.exitCode = 1;
    return;
  }
  const allowed = budget === Infinity ? ", with AWS's SDK" : ` of at most ${number(budget)}`;
  console.log(`${file}: ${number(size)} bytes${allowed}`);
  if (size <= budget) return;
  console.error(
    "Cannot accept the archive: it exceeds its budget; make it smaller, or raise the budget in scripts/package/archive-budgets.js",
  );
  process.exitCode = 1;
}

function number(value) {
  return value.toLocaleString("en-GB");
}
