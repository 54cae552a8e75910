// Adds a schema and tools to a request and its answer. Loads the code for them when the first such request is made.
import type { ConverseRequest } from "../../wire.ts";
import type { ConverseStream } from "../converse-stream.ts";
import { closeOnReturn } from "../answer-iterators.ts";
import type { ConverseResult } from "../converse-event.ts";
import { loadOnDemand } from "../load-on-demand.ts";
import type { Structure } from "./tools.ts";

/**
 * Adds the schema and the tools to the body in Bedrock's form. Rejects with {@link ConfigurationError} if they cannot be
 * sent.
 */
export async function structuredBody(body: string, structure: Structure): Promise<string> {
  const { toServiceRequest } = await loadOnDemand();
  return JSON.stringify(toServiceRequest(JSON.parse(body) as ConverseRequest, structure));
}

/** Adds the checks of `structuredResult` to the answer's `result()`, and adds the method `objectStream`. */
export function structuredAnswer(answer: ConverseStream, structure: Structure): ConverseStream {
  const plainResult = answer.result.bind(answer);
  let checked: Promise<ConverseResult> | undefined;
  return Object.assign(answer, {
    result() {
      checked ??= plainResult().then(async (result) =>
        (await loadOnDemand()).structuredResult(result, structure),
      );
      // An error that nobody reads does not cause an unhandled rejection.
      checked.catch(() => {});
      return checked;
    },
    ...(structure.schema && { objectStream: () => objectsOf(answer.textStream()) }),
  });
}

function objectsOf(texts: AsyncIterableIterator<string, undefined>): AsyncIterableIterator<unknown> {
  const reading = loadOnDemand().then(({ readObjects }) => readObjects(texts));
  reading.catch(() => {});
  return closeOnReturn(
    async () => (await reading)(),
    () => texts.return?.(),
  );
}
