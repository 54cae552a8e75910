// Before anything is timed: each contender must deliver every delta, word for word.
import type { Bundle } from "./bundles.ts";
import { readWhole } from "./reading.ts";
import { withRunning, type Bench } from "./stages/stage.ts";
import { numberedText } from "./upstream-model.ts";

const deltas = 500;

/** Rejects with who fails, and how. Over both kinds of connection that the stages use. */
export async function checkOutput(bundle: Bundle, bench: Bench): Promise<void> {
  for (const options of [{ bench }, { bench, roundTripMs: 2 }]) {
    const text = await withRunning(bundle, options, async (running) => {
      const body = await readWhole(await running.ask({ deltas }));
      await running.idle();
      return bundle.contender.textOf(body);
    });
    if (text !== numberedText(deltas)) {
      throw new Error(`${bundle.contender.name} does not deliver the whole answer: it is left out`);
    }
  }
}
