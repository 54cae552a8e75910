// `npm run deploy`: installs what is missing, then deploys.
import { fileURLToPath } from "node:url";
import { prepare } from "./installation.js";
import { runServerless } from "./run-serverless.js";

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
process.exitCode = runServerless(["deploy", "--verbose", ...process.argv.slice(2)]);
