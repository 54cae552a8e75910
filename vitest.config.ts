// How the tests run: real servers and child processes, so each file gets a process of its own.
import { defineConfig } from "vitest/config";
import { scaled } from "./tests/support/deadline.ts";

/** The last resort only: each wait of a test has a label and a shorter patience of its own (`waitFor`). */
const patienceMs = scaled(600_000);

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    pool: "forks",
    // Most of a test is waiting: for processes, timers, sockets.
    maxWorkers: 3,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    teardownTimeout: patienceMs,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
