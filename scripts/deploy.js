// `npm run deploy`: installs missing packages, then deploys.
import { fileURLToPath } from "node:url";
import { prepare } from "./installation.js";
import { runServerless } from "./run-serverless.js";

const help = `Deploys the service to your AWS account, or updates it there, and prints its URL.

Usage: npm run deploy -- [options]

  --region NAME          default AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1
  --param "name=value"   a parameter of serverless.yml; may be repeated
  --stage NAME           default dev
  --aws-profile NAME     the profile with the credentials
  --help                 print this text

All other options go to npx serverless deploy. npm run package shows what would be deployed and needs no credentials.
`;

await prepare(fileURLToPath(new URL("..", import.meta.url)), help);
process.exitCode = runServerless(["deploy", "--verbose", ...process.argv.slice(2)]);
