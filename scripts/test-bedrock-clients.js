// `npm run test:bedrock-clients`: installs libraries written for Bedrock, and runs the tests that call the service with each.
import { testFolder } from "./test-folder.js";

const help = `Tests the AI SDK, LangChain, Strands and LiteLLM: each calls the local stack as if it were Bedrock.

Usage: npm run test:bedrock-clients -- [vitest's options]

  npm run test:bedrock-clients                      all clients: about a minute on two cores, or two and a half with Python
  npm run test:bedrock-clients -- -t "AI SDK"       one client
  --help                                            print this text

The clients for JavaScript are installed with npm (150 MB, into tests/bedrock-clients/node_modules). The clients for
Python are skipped if they are missing; the output names them. To install them:
pip install -r tests/bedrock-clients/requirements.txt
`;

await testFolder("tests/bedrock-clients", help, {
  otherwise(error) {
    console.error(error.message);
    process.exit(2);
  },
});
