// Tests that the compiled frame program is that of the sources. Compiling it here would need a compiler of 100 MB.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sourceHash } from "../../scripts/frame-program/source-hash.js";

test("the compiled frame program was made from the sources as they are (npm run frame-program makes it)", () => {
  const file = new URL("../../lib/stream/events/compiled-frame-program.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toContain(`SHA-256 of the sources: ${sourceHash()}\n`);
});
