// The README's picture: records one real answer of the local stack and draws the lines as they arrived.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawRecording } from "./draw.ts";
import { record } from "./record.ts";
import { OptionError, runScript } from "../run-script.ts";

const help = `Records one answer of the local stack, line by line with curl, and draws it as an animated SVG.

Usage: npm run picture -- [options]

  --out FILE   where the picture goes (default .github/lines.svg)
  --port N     the Function URL's port, shown in the command (default 9000; 0 for any that is free)
  --help       this text
`;

interface Options {
  out: string;
  port: number;
  help: boolean;
}

await runScript({ help, readOptions, main });

async function main({ out, port }: Options): Promise<number> {
  const picture = drawRecording(await record(port));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, picture);
  console.log(`Drawn into ${out}: ${Buffer.byteLength(picture)} bytes`);
  return 0;
}

/** Throws `OptionError`. */
function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        out: { type: "string", default: fileURLToPath(new URL("../../.github/lines.svg", import.meta.url)) },
        port: { type: "string", default: "9000" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65535) {
      throw new Error(`--port is "${values.port}": expected a whole number from 0 to 65535`);
    }
    return { ...values, port };
  } catch (error) {
    throw new OptionError(`${(error as Error).message}: npm run picture -- --help lists the options`);
  }
}
