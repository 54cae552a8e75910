// `npm run test:runtimes`: installs the runtimes, then runs the same cases in each.
import { testFolder } from "./test-folder.js";

const help = `Runs the client in Node.js 20, 22 and 24, Deno, Bun, workerd and Chromium, with the same cases in each.
Also runs it in a page in Chromium and in a Hono server, and tests the page of npm start in Chromium.

Usage: npm run test:runtimes -- [vitest's options]

  npm run test:runtimes                  all runtimes: about three minutes on two cores
  npm run test:runtimes -- -t Deno       one runtime
  npm run test:runtimes -- playground    the page of npm start
  --help                                 print this text

npm installs all runtimes except Chromium (870 MB unpacked, into tests/runtimes/node_modules). Chromium has to be in the PATH.
Runtimes that are not found are skipped, and the output names them.
`;

// If the installation fails, for example without a network, the runtimes in the PATH are still tested.
await testFolder("tests/runtimes", help, { otherwise: (error) => console.error(error.message) });
