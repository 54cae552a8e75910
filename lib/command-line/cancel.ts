// The command `deltapipe cancel`: stops an answer that another process has started.
import type { CancelOptions } from "./command-options.ts";
import { connect } from "./connect.ts";
import { findTarget } from "./service-target.ts";
import { dim } from "./terminal.ts";

export async function cancel(options: CancelOptions): Promise<void> {
  const client = connect(findTarget(options));
  try {
    const wasRunning = await client.cancel(options.idempotencyKey);
    process.stderr.write(`${dim(wasRunning ? "Cancelled" : "The answer had already ended")}\n`);
  } finally {
    client.close();
  }
}
