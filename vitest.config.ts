// The configuration of the tests: which of them share a process.
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { globalSetup, testOptions } from "./tests/support/test-options.ts";

/** A file gets a process of its own if it names its process, changes globals with `vi`, or imports code that does so. */
const needsOwnProcess = /\b(process|vi)\.|cpuTime|bedrock-callers|sdk-conversation/;
const files = readdirSync("tests", { recursive: true, encoding: "utf8" })
  // `npm run test:runtimes` runs those in `runtimes`.
  .filter((file) => file.endsWith(".test.ts") && !file.startsWith("runtimes"))
  .map((file) => `tests/${file.replaceAll("\\", "/")}`);
const withOwnProcess = files.filter((file) => needsOwnProcess.test(readFileSync(file, "utf8")));

export default defineConfig({
  test: {
    globalSetup,
    // More workers than cores, because tests mostly wait for processes, timers and sockets.
    maxWorkers: 3,
    projects: [
      { test: { ...testOptions, name: "own process", include: withOwnProcess } },
      {
        test: {
          ...testOptions,
          name: "shared process",
          include: ["tests/**/*.test.ts"],
          exclude: ["**/node_modules/**", "tests/runtimes/**", ...withOwnProcess],
          // Most files run for less time than a new process takes to load the modules.
          isolate: false,
          setupFiles: "tests/support/measure-machine.ts",
        },
      },
    ],
  },
});
