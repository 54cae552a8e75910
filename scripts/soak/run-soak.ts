// Runs the soak: starts a stack, lets callers send requests for the given time, and measures memory before and after.
import { readFile } from "node:fs/promises";
import { createClient } from "../../lib/client/index.ts";
import { startStack, type Stack } from "../../lib/local/stack.ts";
import { runCaller } from "./caller.ts";
import { createLedger, note, type Ledger } from "./ledger.ts";
import { createChance } from "./choose-request.ts";
import { digestModels, type DigestedModels } from "./sent-digests.ts";
import type { SoakOptions } from "./soak-options.ts";
import type { Memory, SoakOutcome } from "./soak-table.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
/**
 * The memory "before" is measured after this share of the time. Earlier, an execution environment still allocates memory that all
 * later answers use again.
 */
const warmUpShare = 0.15;
/** The longest wait at the end, for the streams of callers that disconnected and for a model that stalls. */
const restMs = 60_000;

/** Calls `onProgress` once a second. Rejects if a caller fails with an error that is not one of the client's. */
export async function runSoak(
  options: SoakOptions,
  onProgress: (ledger: Ledger) => void,
): Promise<SoakOutcome> {
  const played = digestModels();
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
    // An execution environment is idle only when it asks for its next invocation, a moment after its answer has ended.
    await pause(500);
    const { pids, started, idle } = stack.lambda.environments();
    if (logged.records !== ledger.streams) {
      note(ledger, `The log has ${logged.records} records for ${ledger.streams} streams`);
    }
    if (stack.bedrock?.statistics.active) note(ledger, "Streams to Bedrock are still open");
    if (idle < pids.length) note(ledger, `${pids.length - idle} execution environments are stuck`);
    if (pids.length < started) note(ledger, `${started - pids.length} execution environments died`);
    const memory = { before, after: await memoryOf(stack) };
    const environments = { alive: pids.length, started };
    return { ledger, callers: options.callers, seconds, environments, memory };
  } finally {
    clearInterval(progress);
    await stack.close();
  }
}

/**
 * Starts a stack that allows twice as many execution environments as callers, because after a disconnect an environment stays
 * busy until its stream has ended.
 */
function start(
  { callers, milliseconds }: SoakOptions,
  played: DigestedModels,
  onLog: (line: string) => void,
): Promise<Stack> {
  // A short run should not wait long for a model that stalls.
  const timeoutSeconds = String(Math.min(10, 2 + milliseconds / 1000));
  return startStack({
    callers: [credentials],
    region,
    concurrency: callers * 2,
    bedrock: { kind: "local", options: { models: played.models, deltasPerSecond: 200, slowMs: 1500 } },
    variables: {
      DELTAPIPE_FIRST_BYTE_SECONDS: timeoutSeconds,
      DELTAPIPE_STALL_SECONDS: timeoutSeconds,
      DELTAPIPE_PING_SECONDS: "1",
    },
    onLog,
  });
}

/** Counts the function's log records of requests, and reports log lines that should not occur. */
function readLog(ledger: Ledger) {
  let onRecord = (): void => undefined;
  const logged = {
    records: 0,
    onLog(line: string): void {
      if (line.includes(`"record":"request"`)) logged.records++;
      else if (/Runtime exited|timed out|Error/.test(line))
        note(ledger, `The function logged: ${line.slice(0, 200)}`);
      onRecord();
    },
    /** Resolves when every stream has a record. */
    all: () =>
      new Promise<void>((resolve) => {
        onRecord = () => logged.records >= ledger.streams && resolve();
        onRecord();
      }),
  };
  return logged;
}

interface CallerContext {
  stack: Stack;
  played: DigestedModels;
  ledger: Ledger;
  until: number;
}

async function runCallers(
  { callers, seed }: SoakOptions,
  { stack, ...context }: CallerContext,
): Promise<void> {
  const client = createClient({ url: stack.url, credentials, region, retry: { limit: 0 } });
  let keys = 0;
  const nextKey = () => `key${++keys}`;
  const all = Array.from({ length: callers }, (_, index) =>
    runCaller({ ...context, client, nextKey, chance: createChance(seed + index * 7919) }),
  );
  await Promise.all(all);
}

async function memoryOf(stack: Stack): Promise<Memory> {
  const sizes = await Promise.all(stack.lambda.environments().pids.map(residentOf));
  const known = sizes.filter((size) => size !== undefined);
  const environments = known.length === 0 ? undefined : known.reduce((sum, size) => sum + size, 0);
  return { environments, own: Math.round(process.memoryUsage.rss() / 2 ** 20) };
}

/** Resident memory in megabytes. Undefined on systems without /proc. */
async function residentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
