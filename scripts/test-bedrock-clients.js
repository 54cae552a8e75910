// `npm run test:bedrock-clients`: installs other libraries that call Bedrock, then calls the service with each.
import { testFolder } from "./test-folder.js";

const help = `Calls the local stack with the AI SDK, LangChain, Strands and LiteLLM, as if it were Bedrock.

Usage: npm run test:bedrock-clients -- [vitest's options]

  npm run test:bedrock-clients                      all clients: about a minute on two cores, two and a half with Python
  npm run test:bedrock-clients -- -t "AI SDK"       one of them
  --help                                            print this text

npm brings the clients for JavaScript (150 MB unpacked, into tests/bedrock-clients/node_modules). Those for Python are skipped by
name unless python3 finds them: pip install -r tests/bedrock-clients/requirements.txt
`;

await testFolder("tests/bedrock-clients", help, {
  otherwise(error) {
    console.error(error.message);
    process.exit(2);
  },
});
