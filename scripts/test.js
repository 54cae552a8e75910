// `npm test`: installs missing packages, then runs the tests. Plain JavaScript, because it runs before anything is installed.
import { fileURLToPath } from "node:url";
import { prepare } from "./installation.js";

const help = `Runs all tests once, or the test files whose path contains one of the filters.

Usage: npm test -- [filter …] [vitest's options]

  npm test                            all tests: under five minutes on two cores
  npm test -- deployment/ start       files such as tests/deployment/template.test.ts and tests/scripts/start.test.ts
  npm test -- start -t "Ctrl-C"       in the files with "start" in their path, the tests whose name matches
  npm test -- start --watch           run these files again after each change
  --help                              print this text

Vitest's other options: https://vitest.dev/guide/cli
`;

const root = fileURLToPath(new URL("..", import.meta.url));
await prepare(root, help);
// vitest's command reads `process.argv` when it is loaded, so the arguments have to be changed first.
process.argv.splice(2, 0, "run");
await import("../node_modules/vitest/vitest.mjs");
