// Checks that a contender delivers the text of every delta unchanged, before anything is timed.
import type { ContenderBundle } from "./bundles.ts";
import { readComplete } from "./body-readers.ts";
import { withRunning, type Bench } from "./stages/with-contender.ts";
import { numberedText } from "./upstream-model.ts";

const deltas = 500;

/** Tries both kinds of connection that the stages use. Rejects with the contender's name and the reason. */
export async function checkOutput(bundle: ContenderBundle, bench: Bench): Promise<void> {
  for (const options of [{ bench }, { bench, roundTripMs: 2 }]) {
    const text = await withRunning(bundle, options, async (running) => {
      const body = await readComplete(await running.ask({ deltas }));
      await running.idle();
      return bundle.contender.textOf(body);
    });
    if (text !== numberedText(deltas)) {
      throw new Error(
        `Cannot measure ${bundle.contender.name}: its output is not the complete answer; correct its handler or textOf`,
      );
    }
  }
}
