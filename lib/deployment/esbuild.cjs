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
    onResolve({ filter: /^[a-z_/0-9:]+$/ }, ({ path, kind }) =>
      isBuiltin(path) ? { path, namespace: kind === "require-call" ? "required" : "imported" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = ${loadingOf(path)}`,
    }));
    onLoad({ filter: /.*/, namespace: "imported" }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

function loadingOf(path) {
  return `process.getBuiltinModule(${JSON.stringify(path)})`;
}

/**
 * An ES module with the exports of the built-in one. esbuild removes those that nothing imports. If it were a CommonJS module,
 * a cold start would take a millisecond longer, because a getter would be made for each of its exports.
 */
function exportsOf(path) {
  const names = Object.keys(require(path)).filter((name) => /^[a-z_$][\w$]*$/i.test(name));
  const exported = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`);
  return [`const builtin = ${loadingOf(path)};`, "export default builtin;", ...exported].join("\n");
}

/** Replaces the built-in client of Bedrock in the handlers by the one that uses AWS's SDK. */
const sdkClient = {
  name: "sdk-client",
  setup({ onResolve }) {
    const path = resolve(__dirname, "../stream/bedrock-sdk/call-bedrock.ts");
    // Other files import parts of the built-in client for calls to other services. Only handlers write the path like this.
    onResolve({ filter: /^\.\.\/lib\/stream\/bedrock\/call-bedrock\.ts$/ }, () => ({ path }));
  },
};

/** Leaves the answer store out of the bundle of a service that does not use it. */
const withoutAnswerStore = {
  name: "without-answer-store",
  setup({ onResolve }) {
    onResolve({ filter: /\/answer-store\/index\.ts$/ }, () => ({
      path: resolve(__dirname, "../answer-store/none.ts"),
    }));
  },
};

/** Whether one of the service's functions has the setting that turns on the answer store. */
function keepsAnswers({ functions }) {
  return Object.values(functions).some(
    ({ environment }) => environment?.DELTAPIPE_ANSWER_RETENTION_MINUTES !== undefined,
  );
}

const shared = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  outputFileExtension: ".mjs",
  // By default, serverless-esbuild excludes version 2 of the AWS SDK, which is not installed.
  exclude: [],
  sourcemap: false,
  legalComments: "none",
};

function pluginsFor(answerStore) {
  return answerStore ? [builtins] : [withoutAnswerStore, builtins];
}

/** Makes the options for each value of the parameter `bedrockClient`. `answerStore` is true if the service keeps answers. */
const optionsFor = {
  "built-in": (answerStore) => ({ ...shared, plugins: pluginsFor(answerStore) }),
  sdk: (answerStore) => ({
    ...shared,
    plugins: [sdkClient, ...pluginsFor(answerStore)],
    // By default, esbuild bundles the SDK's CommonJS files, and cannot remove unused code from them.
    mainFields: ["module", "main"],
  }),
};

/** serverless-esbuild calls this with the Serverless instance, after the parameters have been checked. */
module.exports = ({ service }) => optionsFor[service.custom.bedrockClient](keepsAnswers(service));
module.exports.optionsFor = optionsFor;
