// The configuration of `npm run test:bedrock-clients`.
import { defineConfig } from "vitest/config";
import { globalSetup, testOptions } from "../support/test-options.ts";

export default defineConfig({
  test: { ...testOptions, globalSetup, include: ["tests/bedrock-clients/*.test.{js,ts}"] },
});
