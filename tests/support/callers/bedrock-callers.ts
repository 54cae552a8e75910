// Two callers of Bedrock, ours and AWS's own SDK, each with a Bedrock of its own that says what it is told to.
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { connectBedrock, type CallBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import type { ConverseError } from "../../../lib/stream/converse-error.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import { connectBedrock as connectWithSdk } from "../../../lib/local/call-with-sdk.ts";
import { generousSeconds, waitFor } from "../deadline.ts";
import { readBody, serve } from "../servers/http-server.ts";

export const bedrockCredentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "to/ken+=",
};
export const bedrockRegion = "eu-west-1";

// The SDK reads them nowhere else.
Object.assign(process.env, {
  AWS_REGION: bedrockRegion,
  AWS_ACCESS_KEY_ID: bedrockCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: bedrockCredentials.secretAccessKey,
  AWS_SESSION_TOKEN: bedrockCredentials.sessionToken,
  AWS_LAMBDA_FUNCTION_NAME: "converse",
  _X_AMZN_TRACE_ID: "Root=1-67891233-abcdef012345678912345678;Sampled=1",
});

export interface Reply {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: string;
  /** Ends the connection instead of the answer. */
  isCut?: boolean;
}

export interface SeenRequest {
  request: IncomingMessage;
  body: Buffer;
}

export interface Caller {
  call: CallBedrock;
  seen: SeenRequest[];
}

export const emptyStream: Reply = {
  status: 200,
  headers: { "content-type": "application/vnd.amazon.eventstream" },
};

/** Each caller's Bedrock gives the replies in turn, and the last of them for good. It has a path, as gateways may. */
export async function startCallers(...replies: Reply[]): Promise<{ ours: Caller; theirs: Caller }> {
  return { ours: await start(connectBedrock, replies), theirs: await start(connectWithSdk, replies) };
}

async function start(create: typeof connectWithSdk, replies: Reply[]): Promise<Caller> {
  const seen: SeenRequest[] = [];
  const bedrock = await serve(async (request, response) => {
    const { status, headers, body, isCut } = replies[seen.length] ?? replies.at(-1) ?? emptyStream;
    seen.push({ request, body: await readBody(request) });
    response.writeHead(status, headers);
    if (isCut) response.write(body, () => request.socket.destroy());
    else response.end(body);
  });
  onTestFinished(() => bedrock.close());
  process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = `${bedrock.url}base`;
  return { call: create({ connect: generousSeconds * 1000 }), seen };
}

/** Resolves with "a stream", or with all that the caller of the service and its log would be told. */
export async function callOutcome({ call }: Pick<Caller, "call">, model = "x", body = `{"messages":[]}`) {
  const request = { model: { name: "x", id: model }, body } as CheckedRequest;
  const asked = call(request, new AbortController().signal);
  return waitFor("The answer", asked.then(readOut, shownOf));
}

/** So that the connection is free for the next call. */
function readOut(body: Readable): string {
  body.resume();
  return "a stream";
}

function shownOf({ name, status, message, retryable, detail }: ConverseError) {
  return { name, status, message, retryable, detail };
}
