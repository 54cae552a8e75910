// Preloaded into aws-lambda-ric: replaces its native addon, and adds the Runtime API's key to its requests.
//
// Compiling the addon needs a C++ toolchain. With AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 the runtime client uses
// plain JavaScript for `next` and for streamed responses. Buffered responses, and errors of buffered handlers, are sent by
// `post` below.
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
"use strict";
const Module = require("node:module");

const key = process.env.LOCAL_RUNTIME_API_KEY;
// Lambda has no such variable, so hide it from the function.
delete process.env.LOCAL_RUNTIME_API_KEY;

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  if (request.endsWith("rapid-client.node")) return stub;
  const loaded = load.call(this, request, parent, ...rest);
  // Only the runtime client's requests get the key, not the function's.
  const isRuntimeClient =
    request === "node:http" && /[\\/]aws-lambda-ric[\\/][^\\/]+$/.test(parent?.filename ?? "");
  return isRuntimeClient ? { ...loaded, request: requestWithKey(loaded.request) } : loaded;
};

const stub = {
  initializeClient() {},
  next: notNeeded,
  done: (id, body) => post(`${id}/response`, body),
  // The addon's third argument is for X-Ray, which is not used here.
  error: (id, body) => post(`${id}/error`, body),
};

/** The runtime client's agent, address and request function. Set by its first request, which asks for an invocation. */
let connection;

function requestWithKey(request) {
  return (options, ...rest) => {
    connection = { request, ...options };
    return request({ ...options, headers: { ...options.headers, "local-runtime-api-key": key } }, ...rest);
  };
}

/**
 * The addon blocks until the Runtime API has responded, which JavaScript cannot do. `post` has the same effect, because the
 * agent has only one socket: the runtime client's request for the next invocation waits until the Runtime API has responded
 * to this request.
 */
function post(path, body) {
  const { request, agent, hostname, port } = connection;
  const bytes = Buffer.from(body);
  request({
    agent,
    hostname,
    port,
    method: "POST",
    path: `/2018-06-01/runtime/invocation/${path}`,
    headers: {
      "content-type": "application/json",
      "content-length": bytes.length,
      "local-runtime-api-key": key,
    },
  })
    .on("response", (response) => response.resume())
    .end(bytes);
}

function notNeeded() {
  throw new Error("Cannot get an invocation from the addon: the runtime client has to get it in JavaScript");
}
