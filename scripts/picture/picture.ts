// `npm run picture`: records one answer of the local stack and draws it as the README's animated picture.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { drawRecording } from "./draw.ts";
import { record } from "./record.ts";
import { parseOptions, readWholeNumber } from "../options.ts";
import { runScript } from "../run-script.ts";

const script = { task: "draw the picture", command: "npm run picture" };
const definitions = {
  out: { type: "string", default: fileURLToPath(new URL("../../.github/lines.svg", import.meta.url)) },
  port: { type: "string", default: "9000" },
} as const;

const help = `Records one answer of the local stack, line by line with curl, and draws it as an animated SVG.

Usage: npm run picture -- [options]

  --out FILE   the file to write (default .github/lines.svg)
  --port N     the Function URL's port, which the command in the picture shows (default 9000; 0 for any free port)
  --help       print this text
`;

interface PictureOptions {
  out: string;
  port: number;
  help: boolean;
}

await runScript({ help, readOptions, main });

async function main({ out, port }: PictureOptions): Promise<number> {
  const picture = drawRecording(await record(port));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, picture);
  console.log(`Drawn into ${out}: ${Buffer.byteLength(picture)} bytes`);
  return 0;
}

/** Throws `OptionError`. */
function readOptions(args: string[]): PictureOptions {
  const { out, port, help } = parseOptions(script, args, definitions).values;
  return { out, port: readWholeNumber(script, "port", port, [0, 65535]), help };
}
