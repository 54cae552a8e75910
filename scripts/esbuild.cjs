// How the handler is bundled: one configuration for `serverless package`, the local stack and the benchmark.

/** What serverless-esbuild calls with the Serverless instance, and the others with nothing. */
module.exports = () => ({
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  outputFileExtension: ".mjs",
  // With esbuild's default, CommonJS forms of the SDK get in: the bundle packages, and cannot load.
  mainFields: ["module", "main"],
  // serverless-esbuild would leave out version 2 of the SDK, which is not there.
  exclude: [],
  sourcemap: false,
  legalComments: "none",
});
