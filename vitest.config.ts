// The configuration of the tests. They use real servers and child processes, so each file runs in its own process.
import { defineConfig } from "vitest/config";
import { scaled } from "./tests/support/deadline.ts";

/** A last resort: each wait in a test has a label and a shorter timeout of its own (`waitFor`). */
const longestTestMs = scaled(600_000);

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // `npm run test:runtimes` runs these.
    exclude: ["**/node_modules/**", "tests/runtimes/**"],
    globalSetup: "tests/support/builds/serve-builds.ts",
    pool: "forks",
    // More workers than cores, because tests mostly wait for processes, timers and sockets.
    maxWorkers: 3,
    testTimeout: longestTestMs,
    hookTimeout: longestTestMs,
    teardownTimeout: longestTestMs,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
