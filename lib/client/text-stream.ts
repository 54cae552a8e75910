// The text of an answer, out of its events.
import type { ConverseEvent } from "./events.ts";

/** Not a generator, so that `return` reaches the events at once, even before the first `next`. */
export function textsOf(events: AsyncIterableIterator<ConverseEvent>): AsyncIterableIterator<string> {
  async function next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return { done, value: undefined };
      const text = textOf(value);
      if (text !== undefined && text !== "") return { done: false, value: text };
    }
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

function textOf(event: ConverseEvent): string | undefined {
  const text = event.type === "contentBlockDelta" ? event.delta?.text : undefined;
  return typeof text === "string" ? text : undefined;
}
