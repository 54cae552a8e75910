// Checks one row of the fault matrix on Bedrock's own paths: the exception that AWS's SDK throws, and the log record.
import { type BedrockRuntimeClient, BedrockRuntimeServiceException } from "@aws-sdk/client-bedrock-runtime";
import { expect } from "vitest";
import { converseWith, streamWith } from "../callers/service-sdk-client.ts";
import { expectedExceptions } from "../expected-exceptions.ts";
import { recordsOf, type TestStack } from "../servers/local-stack.ts";
import { expectService, type FaultRow, modelOf } from "./fault-rows.ts";

export const operations = ["ConverseStream", "Converse"] as const;
export type BedrockOperation = (typeof operations)[number];

/** Gives the rows their own models for this operation, because a test can wait only once for the end of a model's call. */
export function rowsFor<Row extends FaultRow>(operation: BedrockOperation, rows: Row[]): Row[] {
  return rows.map((row) => ({ ...row, fault: `${operation}: ${row.fault}` }));
}

/** `client` must be set to one attempt. `over` resolves when the call to Bedrock has ended. */
export async function assertSdkRow(
  { stack, client }: { stack: TestStack; client: BedrockRuntimeClient },
  operation: BedrockOperation,
  row: FaultRow,
  over: () => Promise<unknown>,
): Promise<void> {
  const call = operation === "Converse" ? converseWith : streamWith;
  const model = modelOf(row);
  const { error } = await call(client, model);
  const { thrown, ...record } = expectedOutcome(operation, row);
  expect(thrownBy(error)).toEqual(thrown);
  if (error !== undefined) expect(error).toBeInstanceOf(BedrockRuntimeServiceException);
  expect(String(error)).not.toMatch(
    /arn:aws|123456789012|127\.0\.0\.1|10\.1\.2\.3|\.internal|\.java|com\.amazon|secret|ECONN|socket/i,
  );
  await over();
  const key = `"model":"${model}"`;
  expect(await stack.record(key)).toMatchObject({ operation, model, ...record });
  expect(recordsOf(stack.log, key)).toHaveLength(1);
  await expectService(stack);
}

/** The status and the exception's name. An exception in mid-stream has no status of its own, but follows the status 200. */
function thrownBy(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  const { name, $metadata } = error as BedrockRuntimeServiceException;
  return [$metadata?.httpStatusCode ?? 200, name].join(" ");
}

function expectedOutcome(operation: BedrockOperation, row: FaultRow) {
  const becomes = (operation === "Converse" && row.becomesForConverse) || row.becomes;
  const [status, outcome] = becomes.split(" ") as [string, keyof typeof expectedExceptions | "end"];
  if (outcome === "end") return { status: 200, outcome, thrown: undefined };
  const { before, begun, inStream } = expectedExceptions[outcome];
  // An answer in lines starts after a second at the latest. If it then fails before the first event, its lines are start and
  // error. On Bedrock's own paths, an answer begins with the first event, so this answer would not have begun.
  const hasBegun = status === "200" && row.lines?.join() !== "start,error";
  if (hasBegun && operation === "ConverseStream") {
    return { status: 200, outcome, thrown: `200 ${inStream}` };
  }
  const response = hasBegun ? begun : before;
  return { status: response[0], outcome, thrown: response.join(" ") };
}
