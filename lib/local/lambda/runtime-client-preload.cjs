// Preloaded into aws-lambda-ric: replaces its native addon, and adds the Runtime API's key to its requests.
//
// Compiling the addon needs a C++ toolchain. With AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 the runtime client uses
// plain JavaScript for `next` and for streamed responses.
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

const stub = { initializeClient() {}, next: onlyStreaming, done: onlyStreaming, error: onlyStreaming };

function onlyStreaming() {
  throw new Error("Cannot run this handler: it does not stream; wrap it in awslambda.streamifyResponse");
}

function requestWithKey(request) {
  return (options, ...rest) =>
    request({ ...options, headers: { ...options.headers, "local-runtime-api-key": key } }, ...rest);
}
