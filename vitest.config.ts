// Vitest's configuration for `npm test`.
import { defineConfig } from "vitest/config";
import { filesWithOwnProcess } from "./tests/support/own-process.ts";
import { globalSetup, testOptions } from "./tests/support/test-options.ts";

// These folders have their own commands, `npm run test:runtimes` and `npm run test:bedrock-clients`.
const exclude = ["**/node_modules/**", "tests/{bedrock-clients,runtimes}/**"];
const withOwnProcess = filesWithOwnProcess();

/**
 * The tests that also run with `bedrockClient: sdk`: the whole matrix if the environment variable MATRIX_WITH_SDK is
 * set. Otherwise only the files about the call to Bedrock: its errors, its connections, its silence, its credentials
 * and clock, and a response that has to wait for a slow caller.
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
