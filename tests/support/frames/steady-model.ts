// A scripted model that sends a word every 5 ms.
import { delta, ending, event, type ScriptedModel } from "../../../lib/local/bedrock/script.ts";

/** Sends `words` words. Some of their characters take several bytes. */
export function steadyModel(words: number): ScriptedModel {
  return {
    description: "sends a word every 5 ms",
    *script(request) {
      yield event("messageStart", { role: "assistant" });
      for (let word = 0; word < words; word++) {
        yield delta(0, { text: `wörd ${word} 👩‍🚀 ` });
        yield { do: "pause", milliseconds: 5 };
      }
      yield* ending(request, "end_turn", words);
    },
  };
}
