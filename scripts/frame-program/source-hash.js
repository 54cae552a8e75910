// The hash of the frame program's sources, with which a test notices that they were changed but not compiled.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../lib/stream/frame-program/", import.meta.url);

/** Returns the SHA-256 in hexadecimal. */
export function sourceHash() {
  const hash = createHash("sha256");
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  for (const name of files.sort()) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest("hex");
}
