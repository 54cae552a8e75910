// How the handler is bundled: one configuration for `serverless package`, the local stack and the benchmark.
const { isBuiltin } = require("node:module");

/**
 * Node's own modules are taken as CommonJS takes them. An ES module's `import` of `node:http` reads every one of its
 * exports, and with that loads undici, which nothing here uses: https://github.com/nodejs/node/issues/59686
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

/** What serverless-esbuild calls with the Serverless instance, and the others with nothing. */
module.exports = () => ({
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  outputFileExtension: ".mjs",
  plugins: [builtins],
  // serverless-esbuild would leave out version 2 of the SDK, which is not there.
  exclude: [],
  sourcemap: false,
  legalComments: "none",
});
