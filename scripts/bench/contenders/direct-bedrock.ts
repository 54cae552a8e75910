// Stands in for lib/stream/bedrock.ts: the same core over a request of our own, with no SDK in the bundle.
// Measures what the SDK itself costs; it has no retries, no clock-skew correction and one credentials source.
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import { sign } from "aws4";
import type { Times } from "../../../lib/stream/configuration.ts";
import { bedrockFailure, ConverseError } from "../../../lib/stream/errors.ts";
import type { CheckedRequest } from "../../../lib/stream/request.ts";

const region = process.env["AWS_REGION"] ?? "";
const endpoint = new URL(
  process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] ?? `https://bedrock-runtime.${region}.amazonaws.com`,
);
const isHttps = endpoint.protocol === "https:";

/** Opened while the rest of the module loads; the agent's first connection is this one. */
let early: TLSSocket | undefined = isHttps
  ? connect({
      host: endpoint.hostname,
      port: Number(endpoint.port || 443),
      ...(/[a-z]/.test(endpoint.hostname) && { servername: endpoint.hostname }),
    })
  : undefined;
early?.once("error", () => (early = undefined)).once("close", () => (early = undefined));

class EarlyAgent extends Agent {
  override createConnection(...parameters: Parameters<Agent["createConnection"]>) {
    const socket = early;
    early = undefined;
    return socket ?? super.createConnection(...parameters);
  }
}
const agent = new EarlyAgent({ keepAlive: true });

export function createConverseStream(_times: Pick<Times, "connect">) {
  return async ({ model, body }: CheckedRequest, signal: AbortSignal): Promise<Readable> => {
    const path = `/model/${encodeURIComponent(model.id)}/converse-stream`;
    const signed = sign(
      {
        host: endpoint.host,
        path,
        method: "POST",
        service: "bedrock",
        region,
        body,
        headers: { "content-type": "application/json" },
      },
      {
        accessKeyId: process.env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: process.env["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: process.env["AWS_SESSION_TOKEN"] ?? "",
      },
    );
    const options = {
      hostname: endpoint.hostname,
      port: endpoint.port,
      path,
      method: "POST",
      signal,
      headers: signed.headers as OutgoingHttpHeaders,
    };
    return new Promise((resolve, reject) => {
      const request = isHttps ? requestHttps({ ...options, agent }) : requestHttp(options);
      request.once("error", (cause) => {
        reject(new ConverseError("UpstreamUnreachable", "Bedrock could not be reached", { cause }));
      });
      request.once("response", (response) => {
        if (response.statusCode === 200) return resolve(response);
        const name = String(response.headers["x-amzn-errortype"]).split(":", 1)[0] ?? "";
        messageOf(response).then((message) => reject(bedrockFailure(name, message)), reject);
      });
      request.end(body);
    });
  };
}

async function messageOf(response: IncomingMessage): Promise<string> {
  const text = (await response.toArray()).join("");
  const { message = "" } = JSON.parse(text || "{}") as { message?: string };
  return message;
}
