// Tests that the function's default memory is enough for Converse. The function holds the whole answer before it sends it.
import { expect, onTestFinished, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { waitFor } from "../support/deadline.ts";
import { peakMemory } from "../support/processes/process-memory.ts";
import { caller, startTestStack } from "../support/servers/local-stack.ts";

/** The default of the parameter `memorySize`, in kilobytes. */
const functionMemory = 256 * 1024;
/** A little less than the 16 MB that an answer to Converse may have, in bytes. */
const allowed = 15.5 * 1024 * 1024;

function sending(bytes: number, length: number, piece: ReturnType<typeof delta>): ScriptedModel {
  return {
    description: "pieces",
    *script(request) {
      yield event("messageStart", { role: "assistant" });
      for (let sent = 0; sent < bytes; sent += length) yield piece;
      yield* ending(request, "end_turn", 1);
    },
  };
}

const image = Buffer.alloc(30_000, 1).toString("base64");
const text = delta(0, { text: "語".repeat(10_000) });
const models = {
  text: sending(allowed, 30_000, text),
  image: sending(allowed, image.length, delta(0, { image: { source: { bytes: image } } })),
  // About 16 million characters of three bytes each. The limit counts bytes, so this answer is too long. Code that counted
  // characters by mistake would accept it.
  "long.text": sending(3 * allowed, 30_000, text),
};

test.runIf(process.platform === "linux")(
  "answers of 15 MB are returned, and longer ones are refused, within the function's default memory",
  async () => {
    const stack = await startTestStack({ bedrock: { kind: "local", options: { models } }, concurrency: 1 });
    onTestFinished(() => stack.close());
    const signedFetch = createSignedFetch({ credentials: caller, region: "us-east-1", service: "lambda" });
    for (const model of Object.keys(models)) {
      const init = { method: "POST", body: JSON.stringify(userSays("x")) };
      const response = await waitFor("The head", signedFetch(`${stack.url}model/${model}/converse`, init));
      const { byteLength } = await waitFor("The end", response.arrayBuffer());
      expect([model, response.status, byteLength > allowed]).toEqual(
        model === "long.text" ? [model, 424, false] : [model, 200, true],
      );
    }
    const { pids, started } = stack.lambda.environments();
    expect(started).toBe(1);
    expect(peakMemory(pids[0]!)).toBeLessThan(functionMemory);
  },
);
