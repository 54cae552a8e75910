// A slow model, which gives tests time to disconnect before its first delta and during its answer.
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
  // Several deltas, so that more than one write follows a disconnect.
  for (let piece = 0; piece < 10; piece++) {
    yield delta(0, { text: " and on" });
    yield pause(20);
  }
  yield* ending(request, "end_turn", 11);
}
