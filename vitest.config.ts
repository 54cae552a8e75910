// Vitest's configuration for `npm test`.
import { defineConfig } from "vitest/config";
import { filesWithOwnProcess } from "./tests/support/own-process.ts";
import { globalSetup, testOptions } from "./tests/support/test-options.ts";

// These folders have their own commands, `npm run test:runtimes` and `npm run test:bedrock-clients`.
const exclude = ["**/node_modules/**", "tests/{bedrock-clients,runtimes}/**"];
const withOwnProcess = filesWithOwnProcess();

/**
 * The tests that also run with `bedrockClient: sdk`: the whole matrix if the environment variable MATRIX_WITH_SDK is set, otherwise
 * only the faults that the code which calls Bedrock has to handle.
 */
const alsoWithSdk = process.env["MATRIX_WITH_SDK"]
  ? "tests/matrix/*.test.ts"
  : "tests/matrix/{upstream-errors,upstream-connections,upstream-silence,credentials-and-clock,slow-readers}.test.ts";

export default defineConfig({
  test: {
    globalSetup,
    // More workers than cores, because tests mostly wait for processes, timers and sockets.
    maxWorkers: 3,
    projects: [
      { test: { ...testOptions, name: "own process", include: withOwnProcess, exclude } },
      {
        test: {
          ...testOptions,
          name: "shared process",
          include: ["tests/**/*.test.ts"],
          exclude: [...exclude, ...withOwnProcess],
          // Most of these files run for less time than a new process takes to load the modules.
          isolate: false,
          setupFiles: "tests/support/measure-machine.ts",
        },
      },
      {
        test: {
          ...testOptions,
          name: "with AWS's SDK",
          include: [alsoWithSdk],
          provide: { bedrockClient: "sdk" },
        },
      },
    ],
  },
});
