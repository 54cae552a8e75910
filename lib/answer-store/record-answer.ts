// Calls Bedrock, and records the answer while it is sent.
import { shownError } from "../stream/converse-error.ts";
import { relay } from "../stream/relay.ts";
import type { RelayOptions } from "../stream/sink.ts";
import { describeForLog, ignoreTableError } from "./call-table.ts";
import { ClaimWatch } from "./claim-watch.ts";
import type { Claim, Failure } from "./claim.ts";
import { Recorder } from "./recorder.ts";
import { RecordingSink } from "./recording-sink.ts";
import type { Answered, KeyedAnswer, Recording, StoreContext } from "./answered.ts";
import { cancelled } from "./store-errors.ts";

/** `claiming` resolves with undefined when the key turns out to be free. That may be after the answer has begun, or never. */
export async function recordAnswer(
  { claim, claiming }: { claim: Claim; claiming: Promise<Claim | undefined> },
  { connect, options }: Pick<KeyedAnswer, "connect" | "options">,
  context: StoreContext,
): Promise<Answered> {
  const { table, pace } = context;
  const recorder = new Recorder(table, claim, pace);
  const sink = new RecordingSink(options.sink, recorder);
  const watch = new ClaimWatch({ table, claim, pace, recorder }, () => sink.stop(cancelled()));
  const claimed = claiming.then(
    (other) => {
      if (other) recorder.fail("ClaimedByAnother");
      recorder.begin();
      if (recorder.state === "recording") watch.start();
      return other === undefined;
    },
    (error: unknown) => {
      recorder.fail(describeForLog(error));
      return false;
    },
  );

  /** Frees the key after an error response, so that the request can be repeated. Readers who wait get the same error. */
  async function free(failure: Failure): Promise<void> {
    recorder.fail(failure.error.name);
    if (await claimed) await table.fail(claim, failure).catch(ignoreTableError);
  }

  try {
    const outcome = await relay(connect, { ...options, sink });
    // An answer in one JSON object is sent only when it is complete, so a failure can still be an error response.
    if (outcome.error && options.writer.format === "json") {
      context.finishLater(free({ error: outcome.error, hasBegun: true }));
      return { outcome };
    }
    const ended = recorder.end(lastWriteAt(options, context));
    return { outcome, recorded: ended.then(() => recordingOf(recorder)) };
  } catch (thrown) {
    const error = shownError(thrown);
    context.finishLater(free({ error, hasBegun: false }));
    throw error;
  } finally {
    watch.stop();
  }
}

/** The last quarter of the margin before Lambda's timeout is left for the log record. */
function lastWriteAt({ deadlineAt, times }: RelayOptions, { pace }: StoreContext): number {
  return Math.min(performance.now() + pace.lastWrite, deadlineAt + 0.75 * times.deadlineMargin);
}

function recordingOf({ state, detail }: Recorder): Recording {
  if (state === "complete") return { recording: "complete" };
  return { recording: "failed", ...(detail !== undefined && { recordingDetail: detail }) };
}
