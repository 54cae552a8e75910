// Checks of a service that keeps answers: an answer whose connection was cut is resumed, and another answer is cancelled.
import { randomUUID } from "node:crypto";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { type Check, deadline } from "./checks.ts";
import type { SmokeTarget } from "./smoke-options.ts";

/** The number of lines after which the connection is cut. By then, the answer has begun, and has not ended. */
const linesBeforeCut = 3;

/** These checks cost two answers. */
export function keptAnswerChecks(target: SmokeTarget): Check[] {
  return [
    { claim: "an answer whose connection was cut is resumed to its end", run: () => expectRest(target) },
    { claim: "an answer is cancelled", run: () => expectCancelled(target) },
  ];
}

async function expectRest(target: SmokeTarget): Promise<string> {
  const request = requestWithKey(target);
  const before = (await readLines(await send(target, request), linesBeforeCut)).slice(0, linesBeforeCut);
  const after = await readLines(await send(target, { ...request, fromLine: before.length }));
  expectLast(after, "end");
  const resumed = [...before, ...after];
  const whole = await readLines(await send(target, request));
  const differs = whole.findIndex((line, index) => line !== resumed[index]);
  if (differs !== -1) {
    throw new Error(`line ${differs + 1} of ${whole.length} is different when the answer is read again`);
  }
  if (whole.length !== resumed.length) {
    throw new Error(`the answer has ${whole.length} lines when it is read again, ${resumed.length} before`);
  }
  return `${before.length} lines before the cut, ${after.length} after it`;
}

async function expectCancelled(target: SmokeTarget): Promise<string> {
  const request = requestWithKey(target);
  const answer = await send(target, request);
  const { idempotencyKey } = request;
  const lines = readLines(answer);
  const startedAt = performance.now();
  const response = await send(target, { action: "cancel", idempotencyKey });
  const found = await response.text();
  if (found.trim() !== `{"cancelled":true}`) throw new Error(`found ${found.slice(0, 200)}`);
  expectLast(await lines, "Cancelled");
  return `the last line came ${Math.round(performance.now() - startedAt)} ms after the request to cancel`;
}

function requestWithKey({ model }: SmokeTarget) {
  return {
    prompt: "Write one sentence about each planet of the solar system.",
    inferenceConfig: { maxTokens: 400 },
    idempotencyKey: `smoke-${randomUUID()}`,
    ...(model !== undefined && { modelId: model }),
  };
}

async function send({ url, credentials, region }: SmokeTarget, body: object): Promise<Response> {
  const signedFetch = createSignedFetch({ credentials, region, service: "lambda" });
  const response = await signedFetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    signal: deadline(),
  });
  if (response.status === 200) return response;
  throw new Error(`found ${response.status}: ${(await response.text()).slice(0, 200)}`);
}

/** Reads at least `count` lines, then cuts the connection. By default, reads all lines. */
async function readLines(response: Response, count = Infinity): Promise<string[]> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    // Leaving the loop cancels the body, which closes the connection.
    if (text.split("\n").length > count) break;
  }
  return text.split("\n").slice(0, -1);
}

/** `expected` is the type of the last line, or the name of the error in it. */
function expectLast(lines: string[], expected: string): void {
  const { type, error } = JSON.parse(lines.at(-1) ?? "{}") as { type?: string; error?: { name: string } };
  const found = error?.name ?? type;
  if (found !== expected) throw new Error(`the last line is ${found} instead of ${expected}`);
}
