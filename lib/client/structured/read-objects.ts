// Reads an object from the texts of an answer while it arrives.
import { createPartialJson } from "./partial-json.ts";

/** Returns the `next` of an iterator that yields the object as far as it has arrived, each time it has grown. */
export function readObjects(
  texts: AsyncIterator<string, undefined>,
): () => Promise<IteratorResult<unknown, undefined>> {
  const json = createPartialJson();
  return async function next() {
    for (;;) {
      const step = await texts.next();
      if (!step.done) json.add(step.value);
      const value = json.take(step.done === true);
      if (value !== undefined) return { done: false, value };
      if (step.done) return step;
    }
  };
}
