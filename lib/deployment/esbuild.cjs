// esbuild's configuration for the handler, shared by `serverless package`, the local stack and the benchmark.
const { isBuiltin } = require("node:module");

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

/** serverless-esbuild passes the Serverless instance; the other callers pass nothing. */
module.exports = () => ({
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
});
