// A server that responds with a report on each request: how it arrived, and the fault in its signature, if there is one.
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, serve, type TestServer } from "./http-server.ts";
import { findFault } from "../requests/wire-verifier.ts";

export const scope = { service: "lambda", region: "eu-west-1" };
export const permanent = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
export const temporary = { ...permanent, accessKeyId: "ASIAEXAMPLE", sessionToken: "token/with+chars==" };

export interface WireReport {
  /** The fault in the signature. Undefined if there is none. */
  fault?: string;
  url: string;
  method: string;
  type?: string;
  body: string;
}

/** `answer` can respond itself and return true; otherwise the server responds with a `WireReport`. */
export function serveVerifying(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<TestServer> {
  return serve(async (request, response) => {
    const body = await readBody(request);
    if (answer(request, response)) return;
    const credentials = request.headers["x-amz-security-token"] === undefined ? permanent : temporary;
    const fault = await findFault(request, body, { credentials, ...scope }).catch(String);
    const { url, method, headers } = request;
    response.end(
      JSON.stringify({ fault, url, method, type: headers["content-type"], body: body.toString() }),
    );
  });
}
