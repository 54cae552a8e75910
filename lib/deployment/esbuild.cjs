// esbuild's configuration for the handlers, shared by `serverless package`, the local stack and the benchmark.
const { isBuiltin } = require("node:module");
const { resolve } = require("node:path");

/**
 * Loads Node's built-in modules without `import`. Importing `node:http` into an ES module reads all of its exports, and
 * one of them loads undici, which nothing here uses: https://github.com/nodejs/node/issues/59686
 */
const builtins = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_/0-9:]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: "builtins" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "builtins" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }));
  },
};

/** Replaces the built-in client of Bedrock in the handlers by the one that uses AWS's SDK. */
const sdkClient = {
  name: "sdk-client",
  setup({ onResolve }) {
    const path = resolve(__dirname, "../stream/bedrock-sdk/call-bedrock.ts");
    // Other files import parts of the built-in client for calls to other services. Only handlers write the path like this.
    onResolve({ filter: /^\.\.\/lib\/stream\/bedrock\/call-bedrock\.ts$/ }, () => ({ path }));
  },
};

const shared = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  outputFileExtension: ".mjs",
  plugins: [builtins],
  // By default, serverless-esbuild excludes version 2 of the AWS SDK, which is not installed.
  exclude: [],
  sourcemap: false,
  legalComments: "none",
};

/** The options for each value of the parameter `bedrockClient`. */
const optionsFor = {
  "built-in": shared,
  sdk: {
    ...shared,
    plugins: [sdkClient, builtins],
    // By default, esbuild bundles the SDK's CommonJS files, of which it cannot leave out what is not used.
    mainFields: ["module", "main"],
  },
};

/** serverless-esbuild calls this with the Serverless instance, after the parameters have been checked. */
module.exports = ({ service }) => optionsFor[service.custom.bedrockClient];
module.exports.optionsFor = optionsFor;
