// `npm run deploy`: installs what is missing, then deploys.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { prepare } from "./installation.js";

const help = `Deploys the service to your AWS account, or updates it, and prints its URL.

Usage: npm run deploy -- [options]

  --region NAME          default AWS_REGION, AWS_DEFAULT_REGION, us-east-1
  --param "name=value"   a parameter of serverless.yml; may be repeated
  --stage NAME           default dev
  --aws-profile NAME     whose credentials
  --help                 this text

Other options are those of npx serverless deploy. npm run package shows without credentials what would be deployed.
`;

await prepare(fileURLToPath(new URL("..", import.meta.url)), help);
const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const args = [serverless, "deploy", "--verbose", ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
