// Options for a bundle of the SDK that is as small as possible, for a fair measurement of what the SDK would cost Deltapipe.
import type { BuildOptions, Plugin } from "esbuild";

/**
 * Replaces the SDK's credential providers by the one that reads environment variables, because Lambda passes credentials
 * there. The others, for files, metadata services and SSO sessions, make up a third of the bundle. Every cold start would
 * load them, and nothing would call them.
 */
const environmentOnly = {
  "credential-provider-node": `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
  "token-providers": `import { fromEnvSigningName } from "./fromEnvSigningName.js";
    export { fromEnvSigningName, fromEnvSigningName as nodeProvider };`,
};

const credentials: Plugin = {
  name: "credentials",
  setup({ onLoad }) {
    for (const [name, contents] of Object.entries(environmentOnly)) {
      const filter = new RegExp(String.raw`[\\/]@aws-sdk[\\/]${name}[\\/]dist-es[\\/]index\.js$`);
      onLoad({ filter }, () => ({ contents }));
    }
  },
};

/** The options to add to the deployment's esbuild options. */
export const leanSdk: BuildOptions & { plugins: Plugin[] } = {
  // By default, esbuild bundles the SDK's CommonJS files, and that bundle fails to load.
  mainFields: ["module", "main"],
  plugins: [credentials],
};
