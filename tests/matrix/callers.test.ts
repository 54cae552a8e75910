// Tests callers who send or read slowly, who send too much, too little or invalid requests, or who disconnect.
import { afterAll, beforeAll, expect, test } from "vitest";
import { bareRequest } from "../support/callers/bare-caller.ts";
import { waitFor } from "../support/deadline.ts";
import { expectNoLosses, expectService, modelOf, modelsOf } from "../support/matrix/fault-rows.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { callerRows } from "./rows/callers.ts";
import { disconnectRows } from "./rows/disconnects.ts";

const rows = [...callerRows, ...disconnectRows];
const upstream = modelsOf(rows);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
  await expectService(stack);
});
afterAll(() => stack.close());

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "a caller who %s gets: %s",
  async (_fault, _becomes, row) => {
    const model = modelOf(row);
    const request = { prompt: "x", modelId: model };
    const received = await waitFor(
      `The end of "${row.fault}"`,
      row.run((options, other = request) => bareRequest(stack.url, other, options), stack.url),
    );
    const answer = received.replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    expect(answer.slice(0, 12)).toBe(row.status === undefined ? "" : `HTTP/1.1 ${row.status}`);
    if (row.outcome === "end") await upstream.over(row);
    const key =
      row.outcome === "end" ? `"model":"${model}"` : (/requestid: (\S+)/i.exec(answer)?.[1] ?? `"${model}"`);
    if (row.outcome !== undefined) expect(await stack.record(key)).toMatchObject({ outcome: row.outcome });
    await expectService(stack);
    expect(recordsOf(stack.log, key)).toHaveLength(row.outcome === undefined ? 0 : 1);
  },
);

test("no caller ends an execution environment, and no call to Bedrock is left open", async () => {
  await waitFor("The end of all calls to Bedrock", stack.bedrock!.idle());
  await expectNoLosses(stack);
});
