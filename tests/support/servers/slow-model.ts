// A model that leaves time to do something to its caller: before it speaks, and while it does.
import {
  delta,
  ending,
  event,
  pause,
  type ScriptedRequest,
  type Step,
} from "../../../lib/local/bedrock/script.ts";

export function* spokenSlowly(request: ScriptedRequest): Generator<Step> {
  yield { do: "accept" };
  yield pause(500);
  yield event("messageStart", { role: "assistant" });
  yield delta(0, { text: "So far" });
  yield pause(700);
  // In pieces: what comes after a caller has left is more than one write.
  for (let piece = 0; piece < 10; piece++) {
    yield delta(0, { text: " and on" });
    yield pause(20);
  }
  yield* ending(request, "end_turn", 11);
}
