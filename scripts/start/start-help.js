// What `npm start -- --help` prints. Plain JavaScript, because it is read before anything is installed.

export const help = `Runs Deltapipe on this machine: the handler in AWS's Lambda runtime client, behind a Function URL that checks
signatures as IAM does, in front of a stand-in for Amazon Bedrock. No AWS account is needed.

Usage: npm start -- [options]

  --port N           the Function URL's port (default 9000; 0 for any that is free)
  --bedrock-port N   the Bedrock stand-in's port (default 9001; 0 for any that is free)
  --once             stream the first answer and exit: 0 if it ended well, else 1
  --prompt TEXT      the first answer's prompt
  --model NAME       the first answer's model (default: the list's first)
  --concurrency N    the most Lambda environments at once (default 10); beyond it callers get 429
  --pace N           deltas a second of the scripted models (default 40)
  --bedrock aws      the real Bedrock in place of the stand-in, found as by any AWS SDK: your credentials, your Region,
                     AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT,
                     AWS_USE_DUALSTACK_ENDPOINT and AWS_BEARER_TOKEN_BEDROCK
  --bedrock URL      whatever speaks Bedrock's API there, with the same credentials: a VPC endpoint, LocalStack, a
                     recording proxy; https, or http on this machine
                     With either, the models are those of serverless.yml unless DELTAPIPE_MODELS is set, and the
                     local secret is a random one, printed once
  --help             this text

Variables that start with DELTAPIPE_, such as DELTAPIPE_STALL_SECONDS=5, are handed to the function.
`;
