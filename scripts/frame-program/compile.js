// `npm run frame-program`: compiles lib/stream/frame-program to WebAssembly, and writes the module into a TypeScript file.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { sourceHash } from "./source-hash.js";

const source = "lib/stream/frame-program/frame-program.ts";
const target = "lib/stream/events/compiled-frame-program.ts";
const options = [
  "-O3",
  "--runtime",
  "stub",
  "--noAssert",
  "--enable",
  "simd",
  "--initialMemory",
  "3",
  "--maximumMemory",
  "3",
];

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
let module = new Uint8Array();
const { error, stderr } = await asc.main([source, "--outFile", "module.wasm", ...options], {
  writeFile: (_, contents) => void (module = contents),
});
if (error) throw new Error(`Cannot compile ${source}: ${error.message}; correct it\n${stderr}`);
writeFileSync(
  target,
  `// The WebAssembly module of ../frame-program, in base64. Written by \`npm run frame-program\`; do not edit.
// SHA-256 of the sources: ${sourceHash()}
export const frameProgram =
  "${Buffer.from(module).toString("base64")}";
`,
);
console.log(`${target}: ${module.length} bytes`);
