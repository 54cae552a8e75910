// Plays the script of a model as the response to one request, at the script's pace.
import { eventFrame, exceptionFrame } from "./frames.ts";
import type { BatchedResponse } from "./batched-response.ts";
import type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";

// Timers are often a millisecond late, so the next pause is shortened by the delay. It is shortened by at most this limit,
// because after a long delay many deltas would otherwise be sent in a burst.
const maximumCatchUpMs = 100;

type Pause = (milliseconds: number) => Promise<void> | undefined;
type Steps = Iterator<Step, unknown> | AsyncIterator<Step, unknown>;

/** Resolves at the end of the script, or soon after the client has disconnected. */
export async function play(
  model: ScriptedModel,
  request: ScriptedRequest,
  response: BatchedResponse,
): Promise<void> {
  const script = model.script(request);
  const steps: Steps =
    Symbol.asyncIterator in script ? script[Symbol.asyncIterator]() : script[Symbol.iterator]();
  const pause = createPause(response);
  try {
    while (response.state === "open") {
      let next = steps.next();
      if (next instanceof Promise) {
        await response.flush();
        next = await next;
      }
      if (next.done) {
        await response.flush();
        response.end();
      } else {
        const busy = perform(next.value, response, pause);
        // With a million deltas, an `await` for each would cost as much as the encoding.
        if (busy) await busy;
      }
    }
  } finally {
    // Not awaited, because an asynchronous script may still be waiting, for example for a model server.
    Promise.resolve(steps.return?.()).catch(() => {});
  }
}

function perform(step: Step, response: BatchedResponse, pause: Pause): Promise<void> | undefined {
  switch (step.do) {
    case "event":
      return response.add(eventFrame(step.name, step.payload)) ? response.flush() : undefined;
    case "exception":
      return response.add(exceptionFrame(step.name, step.payload)) ? response.flush() : undefined;
    case "bytes":
      return response.add(step.bytes) ? response.flush() : undefined;
    case "pause":
      return pause(step.milliseconds);
    case "accept":
      response.accept();
      return undefined;
    case "hang":
      return response.flush().then(() => response.wait(() => {}));
    case "cut":
      return response.flush().then(() => response.cut());
    case "respond":
      response.respond(step.response);
      return undefined;
  }
}

/** Returns a function that pauses. The pauses add up to the requested time even if individual timers are late. */
function createPause(response: BatchedResponse): Pause {
  let due = performance.now();
  return function pause(milliseconds) {
    if (milliseconds <= 0) return undefined;
    const now = performance.now();
    due = Math.max(due, now - maximumCatchUpMs) + milliseconds;
    // Timers have a resolution of a millisecond, so a shorter pause is added to the next one.
    if (due - now < 1) return undefined;
    return response.flush().then(() => sleep(Math.max(0, due - performance.now()), response));
  };
}

async function sleep(milliseconds: number, response: BatchedResponse): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await response.wait((done) => (timer = setTimeout(done, milliseconds)));
  clearTimeout(timer);
}
