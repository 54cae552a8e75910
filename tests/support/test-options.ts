// Vitest's options for all tests.
import { fileURLToPath } from "node:url";
import type { TestUserConfig } from "vitest/config";
import { scaled } from "./deadline.ts";

/** Tests rarely reach this timeout, because each wait in a test has a label and a shorter timeout of its own (`waitFor`). */
const longestTestMs = scaled(600_000);

export const testOptions = {
  pool: "forks",
  testTimeout: longestTestMs,
  hookTimeout: longestTestMs,
  teardownTimeout: longestTestMs,
  provide: { bedrockClient: "built-in" },
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
} satisfies TestUserConfig;

/** An absolute path, because two configurations in different folders use it. */
export const globalSetup = fileURLToPath(new URL("builds/serve-builds.ts", import.meta.url));
