// Tests that the compiled frame program was made from the current sources. Only a hash of the sources is compared, because
// compiling them here would need a compiler of 100 MB.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sourceHash } from "../../scripts/frame-program/source-hash.js";

test("the compiled frame program was made from the current sources (npm run frame-program compiles them)", () => {
  const file = new URL("../../lib/stream/events/compiled-frame-program.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toContain(`SHA-256 of the sources: ${sourceHash()}\n`);
});
