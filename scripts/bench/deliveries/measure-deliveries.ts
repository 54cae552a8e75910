// Measures the product's ways to deliver an answer beside each other, through the local stack's stand-ins for AWS's services.
import { setTimeout as sleep } from "node:timers/promises";
import { countBytes, readStamped } from "../body-readers.ts";
import { deliveryFigures } from "../figures.ts";
import { processUsage } from "../process-usage.ts";
import { Results } from "../results.ts";
import type { Size } from "../run-size.ts";
import { median, quantile } from "../../statistics.ts";
import { perSecond } from "../stages/pace.ts";
import type { Bench } from "../stages/with-contender.ts";
import type { RequestedAnswer } from "../upstream-model.ts";
import type { Delivery } from "./delivery.ts";
import { withDeliveries } from "./with-deliveries.ts";

/** An answer that is kept is written into the table once a second, so the paced answers of real runs are longer than that. */
const sizes = {
  tiny: { rounds: 1, requests: 1, paced: 20, burst: 1000 },
  quick: { rounds: 1, requests: 4, paced: 150, burst: 5000 },
  full: { rounds: 3, requests: 8, paced: 300, burst: 20_000 },
} satisfies Record<Size, object>;
/** The model's delay, which is subtracted from the times. */
const delayMs = 50;
const characters = 5;

/** The results are compared with the first delivery. A delivery that fails is in `failures`, and is not measured again. */
export async function measureDeliveries(bench: Bench, folder: string): Promise<Results> {
  return withDeliveries(bench, folder, async (deliveries) => {
    const names = deliveries.map(({ name }) => name);
    const results = new Results(names, { base: names[0] as string, figures: deliveryFigures });
    const failed = new Set<Delivery>();
    for (let round = 0; round < sizes[bench.size].rounds; round++) {
      for (const delivery of deliveries.filter((each) => !failed.has(each))) {
        try {
          results.add(delivery.name, await measure(delivery, bench.size));
        } catch (error) {
          failed.add(delivery);
          results.failures.push({ contender: delivery.name, stage: "deliveries", message: String(error) });
        }
      }
    }
    return results;
  });
}

async function measure(delivery: Delivery, size: Size): Promise<Record<string, number>> {
  const { requests, paced, burst } = sizes[size];
  // These two are not counted, because the processes are still loading and compiling their code.
  await streamed(delivery, { deltas: 20, perSecond });
  await streamed(delivery, { deltas: 20, perSecond });
  const firstDeltas: number[] = [];
  for (let number = 0; number < requests; number++) {
    const askedAt = performance.now();
    const { firstDeltaAt } = await streamed(delivery, { deltas: 3, perSecond: 1000, delayMs });
    firstDeltas.push(firstDeltaAt - askedAt - delayMs);
  }
  let delays: number[] = [];
  const pacedCpuMs = await cpuMsOf(delivery, async () => {
    ({ delays } = await streamed(delivery, { deltas: paced, perSecond }));
  });
  const burstCpuMs = await cpuMsOf(delivery, async () => {
    const bytes = await countBytes(await delivery.ask({ deltas: burst, characters }));
    if (bytes < burst * characters) throw incomplete(delivery, bytes, burst * characters);
  });
  return {
    firstDeltaMs: median(firstDeltas),
    delayUs: quantile(delays, 0.5),
    delay99Us: quantile(delays, 0.99),
    pacedCpuUs: (pacedCpuMs * 1000) / paced,
    burstCpuUs: (burstCpuMs * 1000) / burst,
  };
}

/** Resolves with the CPU time that the function takes for one answer, which `read` asks for and reads. */
async function cpuMsOf(delivery: Delivery, read: () => Promise<void>): Promise<number> {
  const before = await cpuMs(delivery);
  await read();
  const after = await cpuMs(delivery);
  await delivery.checkKept?.();
  return after - before;
}

async function streamed(delivery: Delivery, answer: RequestedAnswer) {
  const arrivals = await readStamped(await delivery.ask(answer));
  if (arrivals.delays.length !== answer.deltas)
    throw incomplete(delivery, arrivals.delays.length, answer.deltas);
  return arrivals;
}

function incomplete({ name }: Delivery, found: number, expected: number): Error {
  return new Error(
    `Cannot measure ${name}: found ${found} of ${expected} deltas or bytes; check its function's log`,
  );
}

const [pollMs, patienceMs] = [5, 10_000];

/** Waits until all processes of the function have finished their work, and resolves with their CPU time. */
async function cpuMs({ name, lambda }: Delivery): Promise<number> {
  const expiresAt = performance.now() + patienceMs;
  while (lambda.environments().idle < lambda.environments().pids.length) {
    if (performance.now() > expiresAt)
      throw new Error(
        `Cannot measure ${name}: its function is still working after the answer; check its log`,
      );
    await sleep(pollMs);
  }
  const usages = await Promise.all(lambda.environments().pids.map((pid) => processUsage(pid)));
  return usages.reduce((sum, usage) => sum + usage.cpuMs, 0);
}
