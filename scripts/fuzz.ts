// `npm run fuzz`: the tests on generated input, with as many runs as are asked for.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { OptionError, runScript } from "./run-script.ts";

const help = `Runs the tests of tests/generated with many more inputs than a test run does.

Usage: npm run fuzz -- [options] [part of a file's name …]

  --runs N    inputs for each property (default 10000)
  --seed N    the inputs of an earlier run: a failure prints its seed
  --help      this text
`;

const root = fileURLToPath(new URL("..", import.meta.url));

await runScript({ help, readOptions, main });

async function main(options: Options): Promise<number> {
  const { runs, seed, files } = options;
  console.log(`${runs} runs of each property from seed ${seed}`);
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const filters = files.length === 0 ? ["tests/generated/"] : files.map((file) => `tests/generated/${file}`);
  const child = spawn(process.execPath, [vitest, "run", "--bail", "1", ...filters], {
    cwd: root,
    env: { ...process.env, FUZZ_RUNS: runs, FUZZ_SEED: seed },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) console.error(`Failed: npm run fuzz -- --runs ${runs} --seed ${seed} repeats it`);
  return code ?? 1;
}

interface Options {
  runs: string;
  seed: string;
  files: string[];
  help: boolean;
}

/** Throws `OptionError`. */
function readOptions(args: string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        runs: { type: "string", default: "10000" },
        seed: { type: "string", default: String(randomInt(2 ** 31)) },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (!/^[1-9]\d{0,7}$/.test(values.runs))
      throw new Error(`--runs is "${values.runs}": expected a number above 0`);
    if (!/^-?\d{1,10}$/.test(values.seed))
      throw new Error(`--seed is "${values.seed}": expected a whole number`);
    return { ...values, files: positionals };
  } catch (error) {
    throw new OptionError(`${(error as Error).message}: npm run fuzz -- --help lists the options`);
  }
}
