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

/**
 * Lambda hands a function its credentials in variables. Looking for them in files, metadata services and sign-ins as
 * well is a third of the bundle, loaded at each cold start and never reached.
 */
const environmentOnly = {
  "credential-provider-node": `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
  "token-providers": `import { fromEnvSigningName } from "./fromEnvSigningName.js";
    export { fromEnvSigningName, fromEnvSigningName as nodeProvider };`,
};
const credentials = {
  name: "credentials",
  setup({ onLoad }) {
    for (const [name, contents] of Object.entries(environmentOnly)) {
      onLoad({ filter: new RegExp(`[\\\\/]@aws-sdk[\\\\/]${name}[\\\\/]dist-es[\\\\/]index\\.js$`) }, () => ({
        contents,
      }));
    }
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
  // With esbuild's default, CommonJS forms of the SDK get in: the bundle packages, and cannot load.
  mainFields: ["module", "main"],
  plugins: [builtins, credentials],
  // serverless-esbuild would leave out version 2 of the SDK, which is not there.
  exclude: [],
  sourcemap: false,
  legalComments: "none",
});
