// Preloaded into aws-lambda-ric: stands in for its native addon, which a streaming handler never calls.
//
// The addon is compiled at install time, with a C++ toolchain; `next` and streamed responses are plain JavaScript
// once AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 is set.
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
"use strict";
const Module = require("node:module");

const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith("rapid-client.node") ? stub : load.call(this, request, ...rest);
};

const stub = { initializeClient() {}, next: onlyStreaming, done: onlyStreaming, error: onlyStreaming };

// A terminal's Ctrl-C goes to all of its processes. Lambda sends none, and the local stack ends its environments itself.
process.on("SIGINT", () => undefined);

function onlyStreaming() {
  throw new Error("Only handlers wrapped in awslambda.streamifyResponse run here");
}
