// Callers of Bedrock: both of our clients, and AWS's SDK alone. Each calls a server of its own, which sends the given replies.
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { connectBedrock, type CallBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import type { ConverseError } from "../../../lib/stream/converse-error.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import { connectBedrock as connectWithSdk } from "../../../lib/stream/bedrock-sdk/call-bedrock.ts";
import { generousSeconds, waitFor } from "../deadline.ts";
import { readBody, serve } from "../servers/http-server.ts";
import { connectPlainSdk } from "./plain-sdk.ts";

export const bedrockCredentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "to/ken+=",
};
export const bedrockRegion = "eu-west-1";

// All callers read these variables.
Object.assign(process.env, {
  AWS_REGION: bedrockRegion,
  AWS_ACCESS_KEY_ID: bedrockCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: bedrockCredentials.secretAccessKey,
  AWS_SESSION_TOKEN: bedrockCredentials.sessionToken,
  AWS_LAMBDA_FUNCTION_NAME: "converse",
  _X_AMZN_TRACE_ID: "Root=1-67891233-abcdef012345678912345678;Sampled=1",
});

export interface BedrockReply {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: string;
  /** Closes the connection in the middle of the response. */
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

export const emptyStream: BedrockReply = {
  status: 200,
  headers: { "content-type": "application/vnd.amazon.eventstream" },
};

/** The built-in client, our client that uses the SDK, and the SDK alone. */
type Callers = Record<"ours" | "oursWithSdk" | "theirs", Caller>;

type Connect = (times: { connect: number }, url: string) => CallBedrock;

/** Each server sends the replies in turn and repeats the last one. Its URL has a path, because a gateway's URL can have one. */
export async function startCallers(...replies: BedrockReply[]): Promise<Callers> {
  const ours = await start((times) => connectBedrock(times), replies);
  const theirs = await start(connectPlainSdk, replies);
  // `connectWithSdk` reads its server's address from `process.env` at its first call. Its server starts last, so that no other
  // server replaces this address.
  return { ours, theirs, oursWithSdk: await start((times) => connectWithSdk(times), replies) };
}

async function start(create: Connect, replies: BedrockReply[]): Promise<Caller> {
  const seen: SeenRequest[] = [];
  const bedrock = await serve(async (request, response) => {
    const { status, headers, body, isCut } = replies[seen.length] ?? replies.at(-1) ?? emptyStream;
    seen.push({ request, body: await readBody(request) });
    response.writeHead(status, headers);
    if (isCut) response.write(body, () => request.socket.destroy());
    else response.end(body);
  });
  onTestFinished(() => bedrock.close());
  const url = `${bedrock.url}base`;
  process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = url;
  return { call: create({ connect: generousSeconds * 1000 }, url), seen };
}

/** Resolves with "a stream", or with the parts of the error that the service passes on to its caller or logs. */
export async function callOutcome({ call }: Pick<Caller, "call">, model = "x", body = `{"messages":[]}`) {
  const request = { model: { name: "x", id: model }, body } as CheckedRequest;
  const asked = call(request, new AbortController().signal);
  return waitFor("The answer", asked.then(readOut, shownOf));
}

/** Reads the body to the end, so that the connection is free for the next call. */
function readOut(body: Readable): string {
  body.resume();
  return "a stream";
}

function shownOf({ name, status, message, retryable, detail }: ConverseError) {
  return { name, status, message, retryable, detail };
}
