// Checks of answers: the stream arrives piece by piece, its last line has usage and timing, and server-sent events work.
import { type ConverseRequest, createClient, type EndLine } from "../../lib/client/index.ts";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { type Check, deadline } from "./checks.ts";
import type { SmokeTarget } from "./smoke-options.ts";

interface TimedAnswer {
  end: EndLine;
  lines: number;
  /** Milliseconds from the call to the first delta. */
  firstDeltaMs: number;
  /** Milliseconds from the call to the last line. */
  lastLineMs: number;
}

/**
 * The least time between the first delta and the last line, in milliseconds and as a share of the whole time. If something
 * between the function and this script buffers the stream, everything arrives at once.
 */
const least = { gapMs: 50, share: 0.1 };

export function streamChecks(target: SmokeTarget): Check[] {
  const { model } = target;
  const request: ConverseRequest = {
    prompt: "Write one sentence about each planet of the solar system.",
    inferenceConfig: { maxTokens: 400 },
    ...(model !== undefined && { modelId: model }),
  };
  let asked: Promise<TimedAnswer> | undefined;
  const answer = (): Promise<TimedAnswer> => (asked ??= ask(target, request));
  return [
    { claim: "an answer arrives piece by piece", run: async () => expectPieces(await answer()) },
    { claim: "the end line of an answer has the usage", run: async () => expectUsage(await answer()) },
    {
      claim: "the end line of an answer has the time of the first delta",
      run: async () => expectFirstDelta(await answer()),
    },
    { claim: "a request for server-sent events gets them", run: () => expectEvents(target, request) },
  ];
}

async function ask(
  { url, credentials, region }: SmokeTarget,
  request: ConverseRequest,
): Promise<TimedAnswer> {
  const startedAt = performance.now();
  const since = (): number => Math.round(performance.now() - startedAt);
  const client = createClient({ url, credentials, region, retry: { limit: 0 } });
  let lines = 0;
  let firstDeltaMs: number | undefined;
  let end: EndLine | undefined;
  for await (const event of client.converse(request, { signal: deadline() })) {
    lines++;
    if (event.type === "contentBlockDelta") firstDeltaMs ??= since();
    if (event.type === "end") end = event as EndLine;
  }
  if (end === undefined) throw new Error("the stream had no end line");
  if (firstDeltaMs === undefined) throw new Error("the answer had no delta");
  return { end, lines, firstDeltaMs, lastLineMs: since() };
}

function expectPieces({ lines, firstDeltaMs, lastLineMs }: TimedAnswer): string {
  const seen = `${lines} lines, the first delta after ${firstDeltaMs} ms, the last line after ${lastLineMs} ms`;
  const gapMs = lastLineMs - firstDeltaMs;
  if (gapMs < Math.max(least.gapMs, lastLineMs * least.share))
    throw new Error(`it arrived all at once: ${seen}`);
  return seen;
}

function expectUsage({ end: { usage, stopReason } }: TimedAnswer): string {
  if (!usage?.inputTokens || !usage.outputTokens) throw new Error(`found ${JSON.stringify(usage)}`);
  return `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${stopReason}`;
}

function expectFirstDelta({ end: { timing }, firstDeltaMs }: TimedAnswer): string {
  if (timing?.firstDeltaMs === undefined) throw new Error(`found ${JSON.stringify(timing)}`);
  return `${timing.firstDeltaMs} ms in the service, ${firstDeltaMs} ms for the caller`;
}

async function expectEvents(
  { url, credentials, region }: SmokeTarget,
  request: ConverseRequest,
): Promise<string> {
  const signedFetch = createSignedFetch({ credentials, region, service: "lambda" });
  const body = JSON.stringify({ ...request, inferenceConfig: { maxTokens: 50 } });
  const send = (headers: Record<string, string>) =>
    signedFetch(url, {
      method: "POST",
      body,
      headers: { ...headers, accept: "text/event-stream" },
      signal: deadline(),
    });
  const response = await send({});
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "no content type";
  if (response.status !== 200 || !contentType.startsWith("text/event-stream")) {
    throw new Error(`found ${response.status} ${contentType}: ${text.slice(0, 200)}`);
  }
  const names = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
  if (names[0] !== "start" || names.at(-1) !== "end") {
    throw new Error(`expected events from start to end, found ${names[0]} to ${names.at(-1)}`);
  }
  const id = /^id: (\S+)$/m.exec(text)?.[1] ?? "";
  const repeated = await send({ "last-event-id": id });
  // Waits for the end of the response. If an empty response never ended, the function would run until its timeout, and this
  // check would fail.
  await repeated.text();
  if (repeated.status !== 204) throw new Error(`expected 204 when asked again, found ${repeated.status}`);
  return `${names.length} events, from start to end, and 204 when asked again`;
}
