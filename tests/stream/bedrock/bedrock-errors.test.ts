// Tests calls that fail with each status and each error name: there are as many attempts as with AWS's own SDK, and the error
// is retryable if there was a second attempt.
import { isClockSkewError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bedrockFailure, retryKindOf } from "../../../lib/stream/bedrock/bedrock-errors.ts";
import { connectBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import { connectBedrock as connectWithSdk } from "../../../lib/stream/bedrock-sdk/call-bedrock.ts";
import { callOutcome, type BedrockReply } from "../../support/callers/bedrock-callers.ts";
import { connectPlainSdk } from "../../support/callers/plain-sdk.ts";
import { scaled } from "../../support/deadline.ts";
import { readBody, serve } from "../../support/servers/http-server.ts";

/** All error names in the installed SDK's rules for retries. If a new version of the SDK adds a name, these tests include it. */
const sdkNames = readSdkNames();

const statuses = [400, 401, 403, 404, 408, 409, 413, 424, 429, 500, 501, 502, 503, 504, 505, 529, 599];
const names = [
  undefined,
  ...sdkNames,
  "AccessDeniedException",
  "ConflictException",
  "InternalFailure",
  "InternalServerException",
  "ModelErrorException",
  "ModelNotReadyException",
  "ModelStreamErrorException",
  "ModelTimeoutException",
  "NewException",
  "ResourceNotFoundException",
  "ServiceQuotaExceededException",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "UnrecognizedClientException",
  "ValidationException",
];

interface Case {
  status: number;
  name: string | undefined;
  body: string;
}

const answers: Case[] = [
  ...statuses.flatMap((status) => names.map((name) => ({ status, name, body: `{"message":"No"}` }))),
  ...statuses.flatMap((status) => ["", "<html>"].map((body) => ({ status, name: undefined, body }))),
  {
    status: 403,
    name: "InvalidSignatureException",
    body: `{"message":"Signature expired: 1 is now earlier than 2"}`,
  },
];

function titleOf({ status, name, body }: Case): string {
  return `${status} ${name ?? "without a name"}: ${body}`;
}

describe("an error of Bedrock", () => {
  test("an error leads to as many attempts as with the SDK, and is retryable if there was a second attempt", async () => {
    const { url, attempts } = await startBedrock();
    const outcomes = new Map<string, Awaited<ReturnType<typeof callOutcome>>>();
    async function callBoth(answer: Case, index: number): Promise<void> {
      // Each case has its own client, because all retries of a client share a quota.
      process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = `${url}ours`;
      const ours = connectBedrock({ connect: scaled(30_000) }, { ...process.env });
      const theirs = connectPlainSdk({ connect: scaled(30_000) }, `${url}theirs`);
      const [outcome] = await Promise.all([
        callOutcome({ call: ours }, `${index}`),
        callOutcome({ call: theirs }, `${index}`),
      ]);
      outcomes.set(titleOf(answer), outcome);
    }
    // Hundreds of connections at once would time out on a slow machine, and each timeout would lead to another attempt.
    const atOnce = 50;
    for (let first = 0; first < answers.length; first += atOnce) {
      const batch = answers.slice(first, first + atOnce);
      await Promise.all(batch.map((answer, offset) => callBoth(answer, first + offset)));
    }
    const count = (who: string) =>
      Object.fromEntries(answers.map((answer, index) => [titleOf(answer), attempts.get(`/${who}/${index}`)]));
    const ours = count("ours");
    expect(ours).toEqual(count("theirs"));
    expect(new Set(Object.values(ours))).toEqual(new Set([1, 2]));
    // An expired signature is an exception: it leads to a second attempt, but if that signature expires too, the error is not
    // retryable.
    const wronglyReported = [...outcomes].filter(
      ([title, outcome]) =>
        ours[title] === 2 &&
        !title.includes("Signature expired") &&
        !(typeof outcome === "object" && outcome.retryable),
    );
    expect(wronglyReported).toEqual([]);
  });

  test("an error leads to as many attempts and the same outcome in both of our clients", async () => {
    const { url, attempts } = await startBedrock();
    // Every eleventh case is enough: these cases contain each status several times and each name at least once.
    const chosen = answers
      .map((answer, index) => ({ answer, index }))
      .filter(({ index }) => index % 11 === 0);
    expect(new Set(chosen.map(({ answer }) => answer.status)).size).toBe(statuses.length);
    expect(new Set(chosen.map(({ answer }) => answer.name)).size).toBe(new Set(names).size);
    process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = `${url}sdk`;
    const variables = { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `${url}ours` };
    async function compare({ answer, index }: (typeof chosen)[0]): Promise<void> {
      const times = { connect: scaled(30_000) };
      const [outcome, outcomeWithSdk] = await Promise.all([
        callOutcome({ call: connectBedrock(times, variables) }, `${index}`),
        callOutcome({ call: connectWithSdk(times) }, `${index}`),
      ]);
      expect(outcomeWithSdk, titleOf(answer)).toEqual(outcome);
      expect(attempts.get(`/sdk/${index}`), titleOf(answer)).toBe(attempts.get(`/ours/${index}`));
    }
    await Promise.all(chosen.map(compare));
  });

  test("an error is classified by name and status as in the SDK", () => {
    for (const status of statuses) {
      for (const name of names.filter((each) => each !== undefined)) {
        const error = {
          name,
          $metadata: { httpStatusCode: status },
          ...(name === "ModelNotReadyException" && { $retryable: {} }),
        };
        const expected = isThrottlingError(error as never)
          ? "throttling"
          : isTransientError(error as never)
            ? "transient"
            : "no";
        expect(retryKindOf(name, status), `${status} ${name}`).toBe(expected);
      }
    }
  });

  test.each<[status: number, name: string, shown: string, shownStatus: number]>([
    [429, "Unknown", "ThrottlingException", 429],
    [429, "ServiceQuotaExceededException", "ThrottlingException", 429],
    [500, "Unknown", "InternalServerException", 502],
    [502, "Unknown", "UpstreamUnreachable", 502],
    [503, "Unknown", "ServiceUnavailableException", 503],
    [503, "SlowDown", "ThrottlingException", 429],
    [504, "Unknown", "UpstreamTimeout", 504],
    [504, "ModelTimeoutException", "ModelTimeoutException", 504],
    [503, "ModelNotReadyException", "ModelNotReadyException", 429],
    [400, "Throttling", "ThrottlingException", 429],
    [400, "TooManyRequestsException", "ThrottlingException", 429],
    [400, "RequestTimeout", "UpstreamTimeout", 504],
    [408, "RequestTimeoutException", "UpstreamTimeout", 504],
    [500, "InternalFailure", "InternalServerException", 502],
    [503, "ServiceUnavailable", "ServiceUnavailableException", 503],
    [400, "ValidationError", "ValidationException", 400],
    [500, "ValidationException", "InternalServerException", 502],
    [403, "InvalidClientTokenId", "UpstreamAccessDenied", 502],
    [400, "IncompleteSignature", "UpstreamAccessDenied", 502],
    [400, "Unknown", "UpstreamInvalid", 502],
    [599, "Unknown", "UpstreamInvalid", 502],
  ])("the error %i %s is reported as %s with the status %i", (status, name, shown, shownStatus) => {
    const { name: actual, status: actualStatus, message, detail } = bedrockFailure(name, "", status);
    expect([actual, actualStatus]).toEqual([shown, shownStatus]);
    expect(message).toMatch(/^(Bedrock|The service) /);
    if (shown !== name) expect(detail).toContain(name);
  });

  test("a proxy's message is not passed on as Bedrock's", () => {
    expect(bedrockFailure("Unknown", "secret words", 429).message).not.toContain("secret");
    expect(bedrockFailure("ValidationException", "secret words", 503).message).not.toContain("secret");
    expect(bedrockFailure("SlowDown", "Reduce your request rate", 503).message).toBe(
      "Reduce your request rate",
    );
  });
});

/**
 * Starts a server that counts the attempts of each caller for each answer. A request's path has the caller and the answer's
 * index: after a request to `/ours/model/7/converse-stream`, the attempts are under `/ours/7`.
 */
async function startBedrock(): Promise<{ url: string; attempts: Map<string, number> }> {
  const attempts = new Map<string, number>();
  const server = await serve(async (request, response) => {
    const [, who, , index = ""] = (request.url ?? "").split("/");
    const key = `/${who}/${index}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    await readBody(request);
    const { status, headers, body } = replyOf(answers[Number(index)]!);
    response.writeHead(status, headers).end(body);
  });
  onTestFinished(() => server.close());
  return { url: server.url, attempts };
}

function replyOf({ status, name, body }: Case): BedrockReply {
  return { status, headers: { ...(name !== undefined && { "x-amzn-errortype": name }) }, body };
}

function readSdkNames(): string[] {
  const core = dirname(createRequire(import.meta.url).resolve("@smithy/core/package.json"));
  const folder = "dist-es/submodules/retry/service-error-classification";
  const text = readFileSync(join(core, folder, "constants.js"), "utf8");
  const lists = [...text.matchAll(/export const (\w+_ERROR_CODES) = \[([^\]]*)\]/g)];
  const found = lists
    .filter(([, list = ""]) => !list.startsWith("NODEJS"))
    .flatMap(([, , members = ""]) => [...members.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name));
  expect(found.length).toBeGreaterThan(20);
  expect(found.some((name) => isClockSkewError({ name } as never))).toBe(true);
  return found;
}
