// Bundles the SDK as small as possible, for a fair measurement of what it would cost Deltapipe.
import type { BuildOptions, Plugin } from "esbuild";

/**
 * Replaces the SDK's credential providers by the one that reads environment variables, in which Lambda passes credentials.
 * The others, for files, metadata services and SSO sessions, make a third of the bundle. Every cold start would load them,
 * and nothing would call them.
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

/** The options to add to those of esbuild. */
export const leanSdk: BuildOptions & { plugins: Plugin[] } = {
  // By default, esbuild bundles the SDK's CommonJS files, and that bundle fails to load.
  mainFields: ["module", "main"],
  plugins: [credentials],
};
