// Scripted models whose answers begin but never reach their proper end.
import { delta, pause, type Step } from "../../../lib/local/bedrock/script.ts";
import { begun } from "../frames/begun-answer.ts";

async function* endless(): AsyncGenerator<Step> {
  yield* begun;
  for (;;) {
    yield delta(0, { text: "more " });
    yield pause(50);
  }
}

export const unendedModels = {
  endless: { description: "deltas without an end", script: endless },
  stalled: { description: "a stall", script: (): Step[] => [...begun, { do: "hang" }] },
  cut: { description: "a cut", script: (): Step[] => [...begun, { do: "cut" }] },
};
