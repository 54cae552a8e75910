// `npm run bench -- --messages`: measures how long messages delay each delta, and computes what the messages cost.
//
// Everything runs in this process, so the delays can be compared with each other, but not with those of other stages.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startBedrock } from "../../lib/local/bedrock/index.ts";
import { connectToCallers, endpointVariable } from "../../lib/push/post-to-connection.ts";
import type { Publish } from "../../lib/push/publisher.ts";
import { PushSink } from "../../lib/push/push-sink.ts";
import { connectBedrock, type CallBedrock } from "../../lib/stream/bedrock/call-bedrock.ts";
import { LineBuffer } from "../../lib/stream/lines/line-buffer.ts";
import { relay } from "../../lib/stream/relay.ts";
import type { Sink } from "../../lib/stream/sink.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { median, quantile } from "../statistics.ts";
import { perSecond } from "./stages/pace.ts";
import { stampPattern, upstreamModel, type RequestedAnswer } from "./upstream-model.ts";

/** Milliseconds that API Gateway takes to respond to a post. This is an assumption. */
const postMs = 10;
/** https://aws.amazon.com/api-gateway/pricing/, us-east-1 */
const dollarsPerMillionMessages = 1;

export interface MessagesRow {
  way: string;
  /** Milliseconds from the creation of a delta to its arrival at API Gateway. */
  delay: number;
  delayP95: number;
  messages: number;
  /** What API Gateway charges for the messages of a million answers of ten seconds. */
  dollars: number;
}

/** Streams one answer in each way of sending messages: one for each delta, then with several values of `pushIntervalMs`. */
export async function measureMessages(deltas: number): Promise<MessagesRow[]> {
  const bedrock = await startBedrock({ models: { "bench.model": upstreamModel } });
  let arrivals: { at: bigint; text: string }[] = [];
  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    arrivals.push({ at: process.hrtime.bigint(), text });
    await sleep(postMs);
    response.end();
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const variables = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
    [endpointVariable]: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  };
  const { times } = readConfiguration({ DELTAPIPE_MODELS: "bench=bench.model" });
  const callBedrock = connectBedrock(times, variables);
  const publish = connectToCallers(times, variables)("bench=");

  async function measure(
    way: string,
    sink: Sink & { end(at: number): Promise<unknown> },
  ): Promise<MessagesRow> {
    arrivals = [];
    await answer(callBedrock, sink, { deltas, perSecond });
    await sink.end(performance.now() + times.callerStall);
    const delays = arrivals.flatMap(({ at, text }) =>
      [...text.matchAll(stampPattern)].map(([, stamp = "0"]) => Number(at - BigInt(stamp)) / 1e6),
    );
    if (delays.length !== deltas) {
      throw new Error(
        `Cannot measure "${way}": ${delays.length} of ${deltas} deltas arrived; check the sink in scripts/bench/messages.ts`,
      );
    }
    const perAnswer = (arrivals.length / deltas) * perSecond * 10;
    return {
      way,
      delay: median(delays),
      delayP95: quantile(delays, 0.95),
      messages: arrivals.length,
      dollars: perAnswer * dollarsPerMillionMessages,
    };
  }

  try {
    const rows = [await measure("a message for each delta", eachLineAlone(publish))];
    for (const pushInterval of [0, 50, 100, 250]) {
      const sink = new PushSink({ requestId: "bench", run: "1" }, publish, { ...times, pushInterval });
      rows.push(await measure(`pushIntervalMs ${pushInterval}`, sink));
    }
    return rows;
  } finally {
    server.close();
    server.closeAllConnections();
    await bedrock.close();
  }
}

async function answer(callBedrock: CallBedrock, sink: Sink, prompt: RequestedAnswer): Promise<void> {
  const content = [{ text: JSON.stringify(prompt) }];
  const body = JSON.stringify({ messages: [{ role: "user", content }] });
  const model = { name: "bench", id: "bench.model" };
  const startedAt = performance.now();
  const { times } = readConfiguration({ DELTAPIPE_MODELS: "bench=bench.model" });
  const deadlineAt = startedAt + 900_000;
  const options = {
    sink,
    writer: new LineBuffer("ndjson"),
    requestId: "bench",
    model: "bench",
    times,
    startedAt,
    deadlineAt,
  } as const;
  const { error } = await relay((signal) => callBedrock({ model, body }, signal), options);
  if (error) throw error;
}

/** A sink that works like AWS's WebSocket sample: it posts each line alone, after the response to the previous post. */
function eachLineAlone(publish: Publish) {
  const { signal } = new AbortController();
  let posts: Promise<unknown> = Promise.resolve();
  return {
    open() {},
    write(bytes: Buffer) {
      for (const line of bytes.toString().trimEnd().split("\n")) {
        posts = posts.then(() => publish(Buffer.from(line), signal));
      }
      return true;
    },
    onTaken() {},
    end: () => posts,
  };
}
