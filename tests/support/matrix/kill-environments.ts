// Kills a function's execution environments, and waits until the local Lambda has noticed.
import { expect } from "vitest";
import type { Lambda } from "../../../lib/local/lambda/index.ts";
import { scaled } from "../deadline.ts";

/** Without the wait, the next request could still be given to an environment that is dead. */
export async function killEnvironments(...lambdas: Lambda[]): Promise<void> {
  const running = () => lambdas.flatMap((lambda) => lambda.environments().pids);
  const killed = running();
  for (const pid of killed) process.kill(pid, "SIGKILL");
  const left = () => running().filter((pid) => killed.includes(pid));
  const message = "the execution environments that were killed";
  await expect.poll(left, { timeout: scaled(60_000), message }).toEqual([]);
}
