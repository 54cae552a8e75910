// One row of the fault matrix (tests/matrix/README.md): the fault, the response that the caller gets, and the checks afterwards.
import { expect, onTestFinished } from "vitest";
import type { ScriptedModel, ScriptedRequest, Step } from "../../../lib/local/bedrock/script.ts";
import type { StackOptions } from "../../../lib/local/stack.ts";
import type { Line } from "../../../lib/wire.ts";
import { waitFor } from "../deadline.ts";
import { expectedErrors } from "../expected-errors.ts";
import { recordsOf, startTestStack, type StackAnswer, type TestStack } from "../servers/local-stack.ts";

export interface FaultRow {
  /** The fault in words, for the names of the test and of a scripted model. */
  fault: string;
  /** The status and the ending: `200 end`, `200 StreamCorrupt`, `429 ThrottlingException`. */
  becomes: string;
  /** The expected types of the lines, if the row checks them. */
  lines?: Line["type"][];
  /** Texts that the answer must contain. */
  says?: string[];
  /** The result on Converse's path, if it differs from `becomes` because Converse cannot return this answer. */
  becomesForConverse?: string;
}

export interface ScriptedRow extends FaultRow {
  script: ScriptedModel["script"];
}

export interface ScriptedRows {
  models: Record<string, ScriptedModel>;
  /** Resolves when Bedrock's answer has ended or the function has closed the connection. */
  over(row: ScriptedRow): Promise<void>;
}

/** Makes a model of the local Bedrock for each row, named after its fault. */
export function modelsOf(rows: ScriptedRow[]): ScriptedRows {
  const endings = new Map<ScriptedRow, { promise: Promise<void>; settle: () => void }>();
  for (const row of rows) {
    let settle = (): void => undefined;
    const promise = new Promise<void>((resolve) => (settle = resolve));
    endings.set(row, { promise, settle });
  }
  async function* script(row: ScriptedRow, request: ScriptedRequest): AsyncGenerator<Step> {
    try {
      yield* row.script(request);
    } finally {
      endings.get(row)?.settle();
    }
  }
  const models = rows.map((row): [string, ScriptedModel] => [
    modelOf(row),
    { description: row.fault, script: (request) => script(row, request) },
  ]);
  return {
    models: Object.fromEntries(models),
    over: (row) => waitFor(`Upstream's end of "${row.fault}"`, endings.get(row)!.promise),
  };
}

/** Makes a name for the row's model that the setting DELTAPIPE_MODELS accepts. */
export function modelOf({ fault }: FaultRow): string {
  return fault.replaceAll(/[^\w]+/g, "-");
}

/** Starts a stack with the rows as models. */
export async function startWithRows(
  rows: ScriptedRow[],
  options: Partial<StackOptions> = {},
): Promise<TestStack & { upstream: ScriptedRows }> {
  const upstream = modelsOf(rows);
  const bedrock = { kind: "local" as const, options: { models: upstream.models } };
  const stack = await startTestStack({ bedrock, ...options });
  onTestFinished(() => stack.close());
  return { ...stack, upstream };
}

/** The status and the ending of an answer: `200 end`, `502 UpstreamInvalid`. */
export function outcomeOf({ status, lines }: Pick<StackAnswer, "status" | "lines">): string {
  const last = lines.at(-1);
  return `${status} ${last?.type === "error" ? last.error.name : last?.type}`;
}

/** Sends a request to the row's model, and checks everything that must hold after any fault. */
export async function assertFaultRow(
  stack: TestStack,
  row: FaultRow,
  over: () => Promise<unknown>,
): Promise<StackAnswer> {
  const asked = stack.ask({ prompt: "x", modelId: modelOf(row) });
  const answer = await waitFor(`The end of "${row.fault}"`, asked);
  expect(outcomeOf(answer)).toBe(row.becomes);
  checkForm(answer);
  if (row.lines) expect(answer.lines.map(({ type }) => type)).toEqual(row.lines);
  await over();
  await expectOneRecord(stack, answer);
  await expectService(stack);
  return answer;
}

/** Checks that all lines are complete and that exactly one of them ends the answer. An error response has only that line. */
function checkForm({ status, headers, body, lines }: StackAnswer): void {
  expect(body.endsWith("\n")).toBe(true);
  expect(body.split("\n")).toHaveLength(lines.length + 1);
  expect(lines.filter(({ type }) => type === "end" || type === "error")).toHaveLength(1);
  expect(headers.get("content-type")).toMatch(
    status === 200 ? /^application\/x-ndjson/ : /^application\/json$/,
  );
  const last = lines.at(-1);
  if (last?.type === "error") {
    const { name, requestId } = last.error;
    const { retryable } = expectedErrors[name as keyof typeof expectedErrors];
    const expected = { retryable, requestId: headers.get("x-amzn-requestid") };
    expect({ requestId, retryable: last.error.retryable }).toEqual(expected);
  }
  if (status === 200) expect(lines[0]?.type).toBe("start");
  else expect(lines).toHaveLength(1);
  expect(headers.get("retry-after")).toBe(status === 429 ? "5" : null);
}

async function expectOneRecord(stack: TestStack, answer: StackAnswer): Promise<void> {
  const id = answer.headers.get("x-amzn-requestid") ?? "";
  const [status, outcome] = outcomeOf(answer).split(" ");
  expect(await stack.record(id)).toMatchObject({ status: Number(status), outcome });
  expect(recordsOf(stack.log, id)).toHaveLength(1);
}

/** Expects that the next request succeeds. */
export async function expectService(stack: TestStack): Promise<void> {
  expect(outcomeOf(await stack.ask({ prompt: "next", modelId: "local.echo" }))).toBe("200 end");
}

/** Expects that no execution environment was lost, and that each waits for the next request. */
export async function expectNoLosses(stack: TestStack): Promise<void> {
  const allIdle = async () => {
    for (let { idle, started } = stack.lambda.environments(); idle < started;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ({ idle, started } = stack.lambda.environments());
    }
  };
  expect(stack.log.filter((line) => /Runtime exited|timed out/.test(line))).toEqual([]);
  await waitFor("All execution environments to wait for the next request", allIdle());
  expect(stack.lambda.environments().pids).toHaveLength(stack.lambda.environments().started);
}
