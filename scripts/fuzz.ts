// `npm run fuzz`: runs the tests on generated input many more times than `npm test` does.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseOptions, readWholeNumber } from "./options.ts";
import { runScript } from "./run-script.ts";

const script = { task: "run the generated tests", command: "npm run fuzz" };
const definitions = {
  runs: { type: "string", default: "10000" },
  seed: { type: "string" },
} as const;

const help = `Runs the tests in tests/generated with many more inputs than npm test does.

Usage: npm run fuzz -- [options] [beginning of a file's name …]

  --runs N    inputs for each property (default 10000)
  --seed N    repeat the inputs of the run that printed this seed (default: random)
  --help      print this text
`;

const root = fileURLToPath(new URL("..", import.meta.url));

await runScript({ help, readOptions, main });

async function main(options: FuzzOptions): Promise<number> {
  const { runs, seed, files } = options;
  console.log(`${runs} runs of each property from seed ${seed}`);
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const filters = files.length === 0 ? ["tests/generated/"] : files.map((file) => `tests/generated/${file}`);
  const child = spawn(process.execPath, [vitest, "run", "--bail", "1", ...filters], {
    cwd: root,
    env: { ...process.env, FUZZ_RUNS: String(runs), FUZZ_SEED: String(seed) },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) console.error(`Failed; repeat the run with: npm run fuzz -- --runs ${runs} --seed=${seed}`);
  return code ?? 1;
}

interface FuzzOptions {
  runs: number;
  seed: number;
  files: string[];
  help: boolean;
}

/** Throws `OptionError`. */
function readOptions(args: string[]): FuzzOptions {
  const { values, positionals } = parseOptions(script, args, definitions, { allowPositionals: true });
  const { runs, seed = String(randomInt(2 ** 31)), help } = values;
  return {
    runs: readWholeNumber(script, "runs", runs, [1, 99_999_999]),
    seed: readWholeNumber(script, "seed", seed, [-(2 ** 31), 2 ** 31 - 1]),
    files: positionals,
    help,
  };
}
