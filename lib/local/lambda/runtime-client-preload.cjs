// Preloaded into aws-lambda-ric: stands in for its native addon, and gives its requests the Runtime API's key.
//
// The addon is compiled at install time, with a C++ toolchain; `next` and streamed responses are plain JavaScript
// once AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 is set.
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
"use strict";
const Module = require("node:module");

const key = process.env.LOCAL_RUNTIME_API_KEY;
// Lambda has no such variable, so the function sees none either.
delete process.env.LOCAL_RUNTIME_API_KEY;

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  if (request.endsWith("rapid-client.node")) return stub;
  const loaded = load.call(this, request, parent, ...rest);
  // The runtime client's own requests alone: all others, the function's among them, are none of the Runtime API's.
  const isItsHttp =
    request === "node:http" && /[\\/]aws-lambda-ric[\\/][^\\/]+$/.test(parent?.filename ?? "");
  return isItsHttp ? { ...loaded, request: requestWithKey(loaded.request) } : loaded;
};

const stub = { initializeClient() {}, next: onlyStreaming, done: onlyStreaming, error: onlyStreaming };

function onlyStreaming() {
  throw new Error("Only handlers wrapped in awslambda.streamifyResponse run here");
}

function requestWithKey(request) {
  return (options, ...rest) =>
    request({ ...options, headers: { ...options.headers, "local-runtime-api-key": key } }, ...rest);
}
