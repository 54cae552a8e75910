// `npm test`: installs what is missing, then runs the tests. Plain JavaScript that needs nothing installed.
import { fileURLToPath } from "node:url";
import { prepare } from "./installation.js";

const help = `Runs the tests once, all of them or those whose file's path contains one of the filters.

Usage: npm test -- [filter …] [vitest's options]

  npm test                            all: about two and a half minutes on two cores
  npm test -- deployment/ start       files such as tests/deployment/template.test.ts and tests/scripts/start.test.ts
  npm test -- start -t "Ctrl-C"       of them, the tests whose name matches
  npm test -- start --watch           again at each change
  --help                              this text

Vitest's other options: https://vitest.dev/guide/cli
`;

const root = fileURLToPath(new URL("..", import.meta.url));
await prepare(root, help);
// What vitest's own command is told: it reads its arguments when it is loaded.
process.argv.splice(2, 0, "run");
await import("../node_modules/vitest/vitest.mjs");
