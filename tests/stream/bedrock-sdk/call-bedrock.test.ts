// Tests the client that calls Bedrock with AWS's SDK: bytes that pass unchanged, problems at the start, and instrumentation.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connectBedrock } from "../../../lib/stream/bedrock-sdk/call-bedrock.ts";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import { callOutcome, startCallers } from "../../support/callers/bedrock-callers.ts";
import { generousSeconds, waitFor } from "../../support/deadline.ts";
import { sampleAnswer } from "../../support/frames/aws-frames.ts";
import { serve } from "../../support/servers/http-server.ts";

const request = { model: { name: "x", id: "x" }, body: `{"messages":["secret"]}` } as CheckedRequest;
const times = { connect: generousSeconds * 1000 };

/** Connects the client to a server that begins each response with the bytes and leaves it open. */
async function connectTo(...bytes: Buffer[]) {
  const responses: ServerResponse[] = [];
  const server = await serve((_, response) => {
    responses.push(response);
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.write(Buffer.concat(bytes));
  });
  onTestFinished(() => server.close());
  setVariable("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url);
  const call = connectBedrock(times);
  const stream = await waitFor("the response", call(request, new AbortController().signal));
  return { stream, response: responses[0]! };
}

function setVariable(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** Wraps the output's stream, as OpenTelemetry's instrumentation of the SDK does. */
function instrument() {
  const seen = { inputs: [] as unknown[], events: 0, ended: withResolvers<unknown>() };
  const { send } = BedrockRuntimeClient.prototype;
  vi.spyOn(BedrockRuntimeClient.prototype, "send").mockImplementation(async function (
    this: BedrockRuntimeClient,
    ...given: unknown[]
  ) {
    const [command] = given as [ConverseStreamCommand];
    expect(command).toBeInstanceOf(ConverseStreamCommand);
    seen.inputs.push(command.input);
    const output = await (send as (...all: unknown[]) => Promise<{ stream: AsyncIterable<unknown> }>).apply(
      this,
      given,
    );
    return { ...output, stream: watch(output.stream) };
  } as never);
  async function* watch(stream: AsyncIterable<unknown>) {
    try {
      for await (const event of stream) {
        seen.events++;
        yield event;
      }
      seen.ended.resolve("complete");
    } catch (error) {
      seen.ended.resolve(error);
      throw error;
    }
  }
  onTestFinished(() => void vi.restoreAllMocks());
  return seen;
}

describe("a call with the SDK", () => {
  test("a call returns the response's bytes unchanged, whatever they are", async () => {
    const bytes = [...sampleAnswer, Buffer.from("no frame\0\xff", "latin1")];
    const { stream, response } = await connectTo(...bytes);
    response.end();
    expect(await waitFor("the body", buffer(stream))).toEqual(Buffer.concat(bytes));
  });

  test("a call returns the response before its first event", async () => {
    const { stream, response } = await connectTo();
    const first = once(stream, "data");
    response.write(sampleAnswer[0]!);
    expect((await waitFor("the first bytes", first))[0]).toEqual(sampleAnswer[0]);
    stream.destroy();
  });

  test("a call names the SDK and the service in its user agent", async () => {
    const { oursWithSdk } = await startCallers();
    expect(await callOutcome(oursWithSdk)).toBe("a stream");
    expect(oursWithSdk.seen[0]!.request.headers["user-agent"]).toMatch(/^aws-sdk-js\/3.* deltapipe/);
  });

  test("a call closes the connection if its stream is destroyed", async () => {
    const { stream, response } = await connectTo(...sampleAnswer);
    const closed = once(response, "close");
    stream.destroy();
    await waitFor("the end of the connection", closed);
  });

  test("a call that is aborted while it waits for the response closes the connection", async () => {
    const asked = withResolvers<ServerResponse>();
    const server = await serve((_, response) => asked.resolve(response));
    onTestFinished(() => server.close());
    setVariable("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url);
    const abort = new AbortController();
    const called = connectBedrock(times)(request, abort.signal);
    const closed = once(await waitFor("the request", asked.promise), "close");
    abort.abort(new Error("Enough"));
    await expect(waitFor("the end of the call", called)).rejects.toThrow("Enough");
    await waitFor("the end of the connection", closed);
  });

  test("a call without credentials ends with UpstreamAccessDenied, and the log says that there are none", async () => {
    const { ours, theirs, oursWithSdk } = await startCallers();
    // Otherwise the SDK also asks the metadata service of EC2.
    setVariable("AWS_EC2_METADATA_DISABLED", "true");
    setVariable("HOME", "/nonexistent");
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
      setVariable(name, "");
    }
    expect(await callOutcome(oursWithSdk)).toEqual({
      name: "UpstreamAccessDenied",
      status: 502,
      message: "The service may not call this model, or its credentials have expired",
      retryable: false,
      detail: "CredentialsProviderError: Could not load credentials from any providers",
    });
    expect([...ours.seen, ...theirs.seen, ...oursWithSdk.seen]).toEqual([]);
  });
});

describe("the start of the client with the SDK", () => {
  test.each([
    ["AWS_REGION", "", "AWS_REGION is not set"],
    ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "localhost", `AWS_ENDPOINT_URL_BEDROCK_RUNTIME is "localhost"`],
    ["AWS_SECRET_ACCESS_KEY", "hunter2\n", "AWS_SECRET_ACCESS_KEY contains white space"],
    ["AWS_SESSION_TOKEN", "hünter2", "AWS_SESSION_TOKEN contains white space"],
    ["AWS_BEARER_TOKEN_BEDROCK", "hunter2 ", "AWS_BEARER_TOKEN_BEDROCK contains white space"],
  ])("the start fails if %s is wrong, and the error names the variable", (name, value, message) => {
    setVariable(name, value);
    expect(() => connectBedrock(times)).toThrow(`Cannot start: ${message}`);
    expect(() => connectBedrock(times)).not.toThrow(/h[uü]n/);
  });
});

describe("instrumentation of the SDK", () => {
  test("instrumentation sees each call and its model, but not the conversation", async () => {
    const seen = instrument();
    const { stream, response } = await connectTo(...sampleAnswer);
    response.end();
    await waitFor("the body", buffer(stream));
    expect(seen.inputs).toEqual([{ modelId: "x", messages: [] }]);
    expect(await waitFor("the end that was seen", seen.ended.promise)).toBe("complete");
    expect(seen.events).toBe(0);
  });

  test("instrumentation sees the end of a call when its stream ends, and not earlier", async () => {
    const seen = instrument();
    const { stream, response } = await connectTo(...sampleAnswer);
    let hasEnded = false;
    void seen.ended.promise.then(() => (hasEnded = true));
    await waitFor("the first bytes", once(stream, "data"));
    expect(hasEnded).toBe(false);
    response.end();
    expect(await waitFor("the end that was seen", seen.ended.promise)).toBe("complete");
  });

  test("instrumentation sees an error if the connection breaks", async () => {
    const seen = instrument();
    const { stream, response } = await connectTo(...sampleAnswer);
    stream.on("error", () => undefined).resume();
    response.destroy();
    expect(await waitFor("the end that was seen", seen.ended.promise)).toMatchObject({ code: "ECONNRESET" });
  });
});
