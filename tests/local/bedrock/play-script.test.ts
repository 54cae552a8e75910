// Tests that scripts are played to the end, at the configured pace, and with backpressure.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { event, pause } from "../../../lib/local/bedrock/script.ts";
import { pathOf, postRequest, readAll, splitFrames, userSays } from "../../support/callers/bedrock-client.ts";
import { codec } from "../../support/frames/aws-frames.ts";
import { waitFor } from "../../support/deadline.ts";
import { callModel, modelWith, startTestBedrock } from "../../support/servers/local-bedrock.ts";

test("a flood arrives complete and in order, and does not run far ahead of a slow reader", async () => {
  const bedrock = await startTestBedrock();
  const deltas = 200_000;
  const response = await callModel(bedrock, "local.flood", `send ${deltas} deltas`);
  let received = 0;
  let furthestAhead = 0;
  let next = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length;
    furthestAhead = Math.max(furthestAhead, bedrock.statistics.bytes - received);
    rest = Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4 && rest.length - at >= rest.readUInt32BE(at)) {
      const frame = rest.subarray(at, (at += rest.readUInt32BE(at)));
      if (frame.includes(`"text":"${next} "`)) next++;
    }
    rest = rest.subarray(at);
  }
  expect(next).toBe(deltas);
  expect(rest).toHaveLength(0);
  // The server may be ahead by the operating system's buffers and one batch. The complete answer has about 38 MB.
  expect(furthestAhead).toBeLessThan(12_000_000);
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics).toEqual({ requests: 1, active: 0, completed: 1, aborted: 0, bytes: received });
});

test("a flood to a fast client does not block other requests", async () => {
  const bedrock = await startTestBedrock();
  // The client runs in a process of its own, because in this process it could not read while the flood is written.
  const read =
    "require('http').request(process.argv[1], JSON.parse(process.argv[2]), (r) => r.resume()).end(process.argv[3])";
  const call = JSON.stringify({ method: "POST", headers: { authorization: "Bearer local" } });
  const url = bedrock.url + pathOf("local.flood");
  const reader = spawn(process.execPath, ["-e", read, url, call, JSON.stringify(userSays("3000000"))]);
  await waitFor(
    "the flood's request",
    bedrock.until(({ requests }) => requests === 1),
  );
  const story = await postRequest(bedrock.url + pathOf("local.story"), userSays("hello"));
  const frames = splitFrames(await waitFor("the other answer", readAll(story)));
  expect(frames.length).toBeGreaterThan(100);
  expect(bedrock.statistics).toMatchObject({ active: 1, completed: 1 });
  reader.kill("SIGKILL");
  await waitFor("the end of the flood", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ completed: 1, aborted: 1 });
});

test("deltas arrive one by one at the configured pace", async () => {
  const bedrock = await startTestBedrock({ deltasPerSecond: 100 });
  const response = await callModel(bedrock, "local.story");
  const arrivals: number[] = [];
  for await (const _ of response) {
    arrivals.push(performance.now());
    if (arrivals.length === 30) break;
  }
  const elapsed = arrivals.at(-1)! - arrivals[0]!;
  // The 29 pauses of 10 ms add up to 290 ms. On a busy machine the first chunk may be late, and then the next pauses are
  // shorter, so the test expects only half of this time.
  expect(elapsed).toBeGreaterThan(150);
  await waitFor("the end of the request", bedrock.idle());
});

test("the steps of an asynchronous script are sent before the script waits", async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const gated = modelWith(async function* () {
    yield event("messageStart", { role: "assistant" });
    await gate;
    yield event("messageStop", { stopReason: "end_turn" });
  });
  const bedrock = await startTestBedrock({ models: { "test.gated": gated } });
  const response = await callModel(bedrock, "test.gated");
  const [first] = (await waitFor("the first frame", once(response, "data"))) as [Buffer];
  expect(codec.decode(first).headers[":event-type"]?.value).toBe("messageStart");
  open();
  const [second] = (await waitFor("the second frame", once(response, "data"))) as [Buffer];
  expect(codec.decode(second).headers[":event-type"]?.value).toBe("messageStop");
});

test("a script that throws causes a warning, and the client gets a 500 or a cut connection", async () => {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const bedrock = await startTestBedrock({
    models: {
      "test.throws": modelWith(() => {
        throw new Error("First bug");
      }),
      "test.throws-later": modelWith(function* () {
        yield event("messageStart", { role: "assistant" });
        yield pause(5);
        throw new Error("Second bug");
      }),
    },
  });
  expect((await callModel(bedrock, "test.throws")).statusCode).toBe(500);
  await expect(readAll(await callModel(bedrock, "test.throws-later"))).rejects.toThrow("aborted");
  const warnings = emitted.mock.calls.map(([warning]) => (warning as Error).message);
  emitted.mockRestore();
  expect(warnings).toEqual(["First bug", "Second bug"]);
});

test("a pause that is already over ends at once, without a negative timer", async () => {
  const delays = vi.spyOn(globalThis, "setTimeout");
  const now = performance.now.bind(performance);
  let passed = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + passed);
  const late = modelWith(function* () {
    yield event("messageStart", { role: "assistant" });
    setImmediate(() => (passed = 20_000));
    yield pause(10_000);
    yield event("messageStop", { stopReason: "end_turn" });
  });
  const bedrock = await startTestBedrock({ models: { "test.late": late } });
  const frames = splitFrames(await waitFor("the end", readAll(await callModel(bedrock, "test.late"))));
  clock.mockRestore();
  expect(frames.length).toBe(2);
  const milliseconds = delays.mock.calls.map(([, delay]) => Number(delay));
  delays.mockRestore();
  expect(milliseconds).toContain(0);
  expect(Math.min(...milliseconds)).toBe(0);
});
