// A runtime for response streaming that takes the place of AWS's runtime client: it loads the handler, and then asks the Runtime
// API for one invocation after the other. It does nothing else: no buffered handlers, no X-Ray, no changed log.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

type Context = { awsRequestId: string; getRemainingTimeInMillis(): number };
type Handler = (event: unknown, stream: ClientRequest, context: Context) => Promise<void>;

const { AWS_LAMBDA_RUNTIME_API: address = "", LAMBDA_TASK_ROOT: taskRoot = "" } = process.env;
// Only local stand-ins for Lambda give an address with a scheme and a path.
const api = new URL(address.includes("://") ? address : `http://${address}`);
const invocations = `${api.pathname.replace(/\/$/, "")}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true });

const streaming = {
  "content-type": "application/vnd.awslambda.http-integration-response",
  "lambda-runtime-function-response-mode": "streaming",
  "transfer-encoding": "chunked",
  trailer: ["Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"],
};

globalThis.awslambda = {
  streamifyResponse: (handler: unknown) => handler,
  HttpResponseStream: {
    from(stream: ClientRequest, prelude: object) {
      stream.write(`${JSON.stringify(prelude)}${"\0".repeat(8)}`);
      return stream;
    },
  },
} as unknown as typeof awslambda;

const { handler } = (await import(pathToFileURL(`${taskRoot}/handler.mjs`).href)) as { handler: Handler };
for (;;) await answer(await responseTo(open("GET", "next").end()));

async function answer(invocation: IncomingMessage): Promise<void> {
  const { headers } = invocation;
  const id = String(headers["lambda-runtime-aws-request-id"]);
  const deadlineAt = Number(headers["lambda-runtime-deadline-ms"]);
  process.env["_X_AMZN_TRACE_ID"] = String(headers["lambda-runtime-trace-id"] ?? "");
  const stream = open("POST", `${id}/response`, streaming);
  const accepted = responseTo(stream);
  try {
    const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineAt - Date.now() };
    await handler(JSON.parse(await text(invocation)), stream, context);
  } catch (error) {
    const { name, message } = error as Error;
    const body = Buffer.from(JSON.stringify({ errorType: name, errorMessage: message })).toString("base64");
    stream.addTrailers({
      "Lambda-Runtime-Function-Error-Type": name,
      "Lambda-Runtime-Function-Error-Body": body,
    });
  }
  stream.end();
  (await accepted).resume();
}

function open(method: string, path: string, headers = {}): ClientRequest {
  const { hostname, port } = api;
  return request({ hostname, port, agent, method, path: `${invocations}/${path}`, headers });
}

async function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}
