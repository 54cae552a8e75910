// Deltapipe's performance targets, most of them relative to another contender of the same run.
import { figures } from "./figures.ts";
import type { Results } from "./results.ts";

export interface Verdict {
  target: string;
  found: string;
  met: boolean;
}

const peers = ["ai-sdk", "langchain"];
/** Two measurements of the same value may differ by this factor. */
const tolerance = 1.1;
/** Deltapipe's time to the first delta may exceed the floor's by a twentieth. */
const firstDeltaOfFloor = 1.05;

/** Leaves out targets whose figures were not measured. */
export function verdicts(results: Results): Verdict[] {
  return [
    atMost(results, { figure: "burstCpuUs", label: "CPU per delta, full speed", of: "floor", times: 2 }),
    atMost(results, { figure: "burstCpuUs", label: "CPU per delta, full speed", of: "sdk", times: 1 / 3 }),
    atMost(results, {
      name: "deltapipe-frames",
      figure: "burstCpuUs",
      label: "CPU per delta of Bedrock's frames",
      of: "floor",
      times: 2,
    }),
    delayAboveFloor(results),
    atMost(results, { figure: "paceDelay99Us", label: "99th percentile of the delay", of: "sdk", times: 1 }),
    atMost(results, { figure: "readyMs", label: "cold start to ready", of: "sdk", times: 0.8 }),
    atMost(results, {
      figure: "warmFirstDeltaMs",
      label: "warm request to first delta",
      of: "floor",
      times: firstDeltaOfFloor,
    }),
    atMost(results, {
      figure: "coldFirstDeltaMs",
      label: "cold start to first delta",
      of: "floor",
      times: firstDeltaOfFloor,
    }),
    atMost(results, {
      figure: "warmFirstDeltaMs",
      label: "warm request to first delta",
      of: "sdk",
      times: 0.5,
    }),
    atMost(results, {
      figure: "coldFirstDeltaMs",
      label: "cold start to first delta",
      of: "sdk",
      times: 0.7,
    }),
    atMost(results, {
      figure: "coldFirstDeltaMsOf256Mb",
      label: "cold start with the CPU of 256 MB",
      of: "sdk",
      times: 0.8,
    }),
    atMost(results, {
      figure: "warmFirstDeltaMsOf128Mb",
      label: "warm request with the CPU of 128 MB",
      of: "sdk",
      times: 0.6,
    }),
    atMost(results, {
      figure: "megabytesOf64Streams",
      label: "memory of one of 64 environments",
      of: "sdk",
      times: 1,
    }),
    atMost(results, { figure: "streamDollars", label: "a million streams", of: "sdk", times: 1 }),
    atMost(results, { figure: "bundleKb", label: "bundle", of: "sdk", times: 0.6 }),
    growthBelow(results, "growthMegabytes", { label: "memory growth from 1 MB", megabytes: 16 }),
    growthBelow(results, "lateGrowthMegabytes", { label: "memory growth from 10 MB", megabytes: 4 }),
    neverRises(results),
    deliveryCpu(results.deliveries, "Bedrock's path", tolerance),
    keptDelay(results.deliveries),
    deliveryCpu(results.deliveries, "WebSocket", 2),
    deliveryCpu(results.deliveries, "AppSync", 2),
    ...peers.map((peer) => aheadOf(results, peer)),
  ].filter((verdict) => verdict !== undefined);
}

interface AtMost {
  /** Default: deltapipe. */
  name?: string;
  figure: string;
  label: string;
  of: string;
  times: number;
}

function atMost(
  results: Results,
  { name = "deltapipe", figure, label, of, times }: AtMost,
): Verdict | undefined {
  const ratio = results.ratio(name, of, figure);
  if (Number.isNaN(ratio)) return undefined;
  const target = `${label}: at most ${Number(times.toFixed(2))} × ${of}`;
  return { target, found: `${ratio.toFixed(2)} ×`, met: ratio <= times };
}

function deliveryCpu(deliveries: Results | undefined, name: string, times: number): Verdict | undefined {
  const ratio = deliveries?.ratio(name, deliveries.base, "pacedCpuUs") ?? NaN;
  if (Number.isNaN(ratio)) return undefined;
  const target = `CPU per delta at 100/s, ${name}: at most ${times} × ${deliveries?.base}`;
  return { target, found: `${ratio.toFixed(2)} ×`, met: ratio <= times };
}

function delayAboveFloor(results: Results): Verdict | undefined {
  const delay = results.difference("deltapipe", "floor", "paceDelayUs");
  if (Number.isNaN(delay)) return undefined;
  return { target: "delay of a delta: at most floor + 30 µs", found: signed(delay), met: delay <= 30 };
}

/** Writing into the table must not hold up the deltas. */
function keptDelay(deliveries: Results | undefined): Verdict | undefined {
  const delay = deliveries?.difference("Function URL, answer kept", deliveries.base, "delayUs") ?? NaN;
  if (Number.isNaN(delay)) return undefined;
  const target = `delay of a delta, answer kept: at most ${deliveries?.base} + 1 ms`;
  return { target, found: signed(delay), met: delay <= 1000 };
}

function signed(microseconds: number): string {
  return `${microseconds < 0 ? "−" : "+"} ${Math.abs(microseconds).toFixed(0)} µs`;
}

function growthBelow(
  results: Results,
  figure: string,
  { label, megabytes }: { label: string; megabytes: number },
): Verdict | undefined {
  const growth = results.median("deltapipe", figure);
  if (Number.isNaN(growth)) return undefined;
  return {
    target: `${label}: under ${megabytes} MB`,
    found: `${growth.toFixed(1)} MB`,
    met: growth < megabytes,
  };
}

function neverRises(results: Results): Verdict | undefined {
  const costs = figures
    .filter(({ key }) => key.startsWith("cpuUsOf"))
    .map(({ key }) => results.median("deltapipe", key))
    .filter((cost) => !Number.isNaN(cost));
  if (costs.length < 2) return undefined;
  const met = costs.every((cost, at) => cost <= (costs[at - 1] ?? Infinity) * tolerance);
  const found = costs.map((cost) => cost.toFixed(2)).join(", ");
  return { target: "CPU per delta as answers grow: never rises", found: `${found} µs`, met };
}

function aheadOf(results: Results, peer: string): Verdict | undefined {
  if (!results.names.includes(peer)) return undefined;
  const behind = results.measured.filter(({ key, better, isCondition }) => {
    if (isCondition) return false;
    const [mine, theirs] = [results.median("deltapipe", key), results.median(peer, key)];
    return better === "less" ? mine > theirs : mine < theirs;
  });
  const found = behind.length === 0 ? "ahead in all" : `not in: ${behind.map(({ key }) => key).join(", ")}`;
  return { target: `ahead of ${peer} in every figure`, found, met: behind.length === 0 };
}
