// The soak itself: a stack, its callers, the time that it takes, and what became of it.
import { readFile } from "node:fs/promises";
import { createClient } from "../../lib/client/index.ts";
import { startStack, type Stack } from "../../lib/local/stack.ts";
import { runCaller } from "./caller.ts";
import { createLedger, note, type Ledger } from "./ledger.ts";
import { createChance } from "./plan.ts";
import { recordPlayed, type Played } from "./played.ts";
import type { SoakOptions } from "./soak-options.ts";
import type { Memory, Outcome } from "./table.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
/** The first answers of a new environment cost memory that later ones do not: what is before is after these. */
const warmUpShare = 0.15;
/** For what leavers have left behind, and for a last stall. */
const restMs = 60_000;

/** `onProgress` is called now and then. Rejects if a caller fails in a way that it has no name for. */
export async function runSoak(options: SoakOptions, onProgress: (ledger: Ledger) => void): Promise<Outcome> {
  const played = recordPlayed();
  const ledger = createLedger();
  const logged = readLog(ledger);
  const stack = await start(options, played, logged.onLog);
  const startedAt = performance.now();
  const progress = setInterval(() => onProgress(ledger), 1000);
  try {
    const until = startedAt + options.milliseconds;
    const callers = runCallers(options, { stack, played, ledger, until });
    await Promise.race([callers, pause(options.milliseconds * warmUpShare)]);
    const before = await memoryOf(stack);
    await callers;
    await Promise.race([stack.bedrock?.idle(), pause(restMs)]);
    const seconds = (performance.now() - startedAt) / 1000;
    await Promise.race([logged.all(), pause(restMs)]);
    // The last answers end a moment before their environments wait for the next request.
    await pause(500);
    const { pids, started, idle } = stack.lambda.environments();
    if (logged.records !== ledger.streams) {
      note(ledger, `${ledger.streams} streams have left ${logged.records} records in the log`);
    }
    if (stack.bedrock?.statistics.active) note(ledger, "Streams are still open upstream");
    if (idle < pids.length) note(ledger, `${pids.length - idle} environments are stuck`);
    if (pids.length < started) note(ledger, `${started - pids.length} environments died`);
    const memory = { before, after: await memoryOf(stack) };
    const environments = { alive: pids.length, started };
    return { ledger, callers: options.callers, seconds, environments, memory };
  } finally {
    clearInterval(progress);
    await stack.close();
  }
}

/** Environments that leavers have left are busy until their streams have ended: hence twice as many. */
function start(
  { callers, milliseconds }: SoakOptions,
  played: Played,
  onLog: (line: string) => void,
): Promise<Stack> {
  // A short run should not wait long for a model that says nothing more.
  const patience = String(Math.min(10, 2 + milliseconds / 1000));
  return startStack({
    callers: [credentials],
    region,
    concurrency: callers * 2,
    bedrock: { kind: "local", options: { models: played.models, deltasPerSecond: 200, slowMs: 1500 } },
    variables: {
      DELTAPIPE_FIRST_BYTE_SECONDS: patience,
      DELTAPIPE_STALL_SECONDS: patience,
      DELTAPIPE_PING_SECONDS: "1",
    },
    onLog,
  });
}

/** Counts the function's records, and notes what it should not say. */
function readLog(ledger: Ledger) {
  let onRecord = (): void => undefined;
  const logged = {
    records: 0,
    onLog(line: string): void {
      if (line.includes(`"record":"request"`)) logged.records++;
      else if (/Runtime exited|timed out|Error/.test(line))
        note(ledger, `The function said: ${line.slice(0, 200)}`);
      onRecord();
    },
    /** Resolves when every stream has left its record. */
    all: () =>
      new Promise<void>((resolve) => {
        onRecord = () => logged.records >= ledger.streams && resolve();
        onRecord();
      }),
  };
  return logged;
}

interface Running {
  stack: Stack;
  played: Played;
  ledger: Ledger;
  until: number;
}

async function runCallers({ callers, seed }: SoakOptions, { stack, ...running }: Running): Promise<void> {
  const client = createClient({ url: stack.url, credentials, region, retry: { limit: 0 } });
  let keys = 0;
  const nextKey = () => `key${++keys}`;
  const all = Array.from({ length: callers }, (_, index) =>
    runCaller({ ...running, client, nextKey, chance: createChance(seed + index * 7919) }),
  );
  await Promise.all(all);
}

async function memoryOf(stack: Stack): Promise<Memory> {
  const sizes = await Promise.all(stack.lambda.environments().pids.map(residentOf));
  const known = sizes.filter((size) => size !== undefined);
  const environments = known.length === 0 ? undefined : known.reduce((sum, size) => sum + size, 0);
  return { environments, own: Math.round(process.memoryUsage.rss() / 2 ** 20) };
}

/** Megabytes, where there is a /proc. */
async function residentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
