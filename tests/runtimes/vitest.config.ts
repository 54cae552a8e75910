// The configuration of `npm run test:runtimes`.
import { defineConfig } from "vitest/config";
import { globalSetup, testOptions } from "../support/test-options.ts";

export default defineConfig({
  test: { ...testOptions, globalSetup, include: ["tests/runtimes/*.test.ts"] },
});
