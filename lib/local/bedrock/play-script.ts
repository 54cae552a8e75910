// Plays a scripted model as the answer to one request, at the pace that the script asks for.
import { eventFrame, exceptionFrame } from "./frames.ts";
import type { BatchedResponse } from "./batched-response.ts";
import type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";

// Timers are late by a millisecond or so, and that is made up for; a script that lags by more does not rush after.
const mostCatchUpMs = 100;

type Rest = (milliseconds: number) => Promise<void> | undefined;
type Steps = Iterator<Step, unknown> | AsyncIterator<Step, unknown>;

/** Resolves when the script has come to its end, or soon after the client has left. */
export async function play(
  model: ScriptedModel,
  request: ScriptedRequest,
  response: BatchedResponse,
): Promise<void> {
  const script = model.script(request);
  const steps: Steps =
    Symbol.asyncIterator in script ? script[Symbol.asyncIterator]() : script[Symbol.iterator]();
  const rest = createRest(response);
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
        const busy = perform(next.value, response, rest);
        // A million deltas are played for each of which an `await` would cost as much as its encoding.
        if (busy) await busy;
      }
    }
  } finally {
    // Not awaited: an asynchronous script may still be waiting for something of its own.
    Promise.resolve(steps.return?.()).catch(() => {});
  }
}

function perform(step: Step, response: BatchedResponse, rest: Rest): Promise<void> | undefined {
  switch (step.do) {
    case "event":
      return response.add(eventFrame(step.name, step.payload)) ? response.flush() : undefined;
    case "exception":
      return response.add(exceptionFrame(step.name, step.payload)) ? response.flush() : undefined;
    case "bytes":
      return response.add(step.bytes) ? response.flush() : undefined;
    case "pause":
      return rest(step.milliseconds);
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

/** Pauses that add up to what they should, however late each single timer is. */
function createRest(response: BatchedResponse): Rest {
  let due = performance.now();
  return function rest(milliseconds) {
    if (milliseconds <= 0) return undefined;
    const now = performance.now();
    due = Math.max(due, now - mostCatchUpMs) + milliseconds;
    // What is due in less than a timer can tell is played at once.
    if (due - now < 1) return undefined;
    return response.flush().then(() => sleep(Math.max(0, due - performance.now()), response));
  };
}

async function sleep(milliseconds: number, response: BatchedResponse): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await response.wait((done) => (timer = setTimeout(done, milliseconds)));
  clearTimeout(timer);
}
