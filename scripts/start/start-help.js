// The text of `npm start -- --help`. This file is plain JavaScript, because the text is printed before anything is installed.

export const startHelp = `Runs Deltapipe on this machine. AWS's Lambda runtime client runs the functions, behind a Function URL that verifies
signatures as IAM does, a WebSocket API and a GraphQL API. A local server takes the place of Amazon Bedrock. No AWS account is
needed.

Usage: npm start -- [options]

  --port N           port of the Function URL (default 9000; 0 for any free port)
  --bedrock-port N   port of the local Bedrock (default 9001; 0 for any free port)
  --websocket-port N port of the WebSocket API (default 9002; 0 for any free port)
  --appsync-port N   port of the GraphQL API (default 9003; 0 for any free port)
  --page-port N      port of the page (default 9010; 0 for any free port)
  --once             stream the first answer and exit: with 0 if it succeeded, else with 1
  --prompt TEXT      prompt of the first answer
  --model NAME       model of the first answer (default: the first in the list)
  --concurrency N    maximum number of concurrent execution environments of each function (default 10); callers get 429
                     beyond that
  --pace N           deltas per second of the scripted models (default 40)
  --model-server URL also offer the models of a server that has the chat completions API, such as Ollama, llama.cpp, LM Studio
                     or vLLM; for example http://127.0.0.1:11434/v1; on another machine, only https
  --model-server-key KEY
                     the key that the server expects; npm prints this option, so the variable MODEL_SERVER_KEY is safer
  --alias ID=MODEL   answer requests for a real model id, inference profile or ARN with a model of the local Bedrock, for
                     example amazon.nova-lite-v1:0=local.story, or '*=local.story' for all unknown ids; may be repeated
  --answers FILE     read your own answers from a JSON file when the stack starts; lib/local/README.md describes the format
  --check-keys       make the local Bedrock accept only the access keys that are printed at the start, and verify their
                     signatures; without this, it accepts any access key and any API key
  --bedrock aws      call the real Bedrock, configured as for any AWS SDK: your credentials, your Region,
                     AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT,
                     AWS_USE_DUALSTACK_ENDPOINT and AWS_BEARER_TOKEN_BEDROCK
  --bedrock URL      call another server that has Bedrock's API, such as a VPC endpoint, LocalStack or a recording proxy, with
                     the same credentials; on another machine, only https
                     With either of these, the models come from serverless.yml unless DELTAPIPE_MODELS is set, and the
                     local secret and the local API key are random and printed once
  --bedrock-client C built-in or sdk: whether the function calls Bedrock with its own code or with AWS's SDK (default:
                     bedrockClient in serverless.yml)
  --help             print this text

The function gets all variables that start with DELTAPIPE_ except DELTAPIPE_URL, such as DELTAPIPE_STALL_SECONDS=5.
`;
