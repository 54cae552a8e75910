// A scripted model that sends each word only when the test allows it.
import { delta, ending, event, type ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";

export interface GatedModel {
  model: ScriptedModel;
  /** Allows `count` more steps. The first step sends `messageStart`, each further step a word, and the last step the end. */
  open(count?: number): void;
}

/** The model's answer has `words` words. */
export function gatedModel(words: number): GatedModel {
  let allowed = 0;
  let wake = (): void => undefined;
  async function turn(): Promise<void> {
    while (allowed === 0) {
      const { promise, resolve } = withResolvers<void>();
      wake = resolve;
      await promise;
    }
    allowed--;
  }
  return {
    model: {
      description: "sends each word when the test allows it",
      async *script(request) {
        await turn();
        yield event("messageStart", { role: "assistant" });
        for (let word = 0; word < words; word++) {
          await turn();
          yield delta(0, { text: `word ${word} ` });
        }
        await turn();
        yield* ending(request, "end_turn", words);
      },
    },
    open(count = Infinity) {
      allowed += count;
      wake();
    },
  };
}
