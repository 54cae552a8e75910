// The text of an answer, out of its events.
import type { ConverseEvent } from "./converse-event.ts";
import { createWholeCharacters } from "./whole-characters.ts";

/** Not a generator, so that `return` reaches the events at once, even before the first `next`. */
export function textsOf(events: AsyncIterableIterator<ConverseEvent>): AsyncIterableIterator<string> {
  const characters = createWholeCharacters();
  // An error waits until the text before it was given out.
  let failed: Promise<never> | undefined;

  async function next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      const kept = failed;
      failed = undefined;
      const step = await (kept ?? events.next().catch(keepError));
      const text = step?.done === false ? textOf(step.value) : characters.endAll();
      if (text !== "") return { done: false, value: text };
      if (step?.done) return { done: true, value: undefined };
    }
  }

  function keepError(error: unknown): undefined {
    failed = Promise.reject(error as Error);
    failed.catch(() => {});
  }

  function textOf(event: ConverseEvent): string {
    if (event.type === "contentBlockStop") return characters.end(event.contentBlockIndex);
    if (event.type !== "contentBlockDelta") return "";
    const text: unknown = event.delta?.text;
    return typeof text === "string" ? characters.add(event.contentBlockIndex, text) : "";
  }

  return {
    next,
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
