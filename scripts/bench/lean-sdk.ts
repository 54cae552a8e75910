// Bundles the SDK as small as possible, for a fair measurement of what it would cost Deltapipe.
import type { BuildOptions, Plugin } from "esbuild";

/**
 * Lambda passes credentials in variables. The code that looks for them in files, metadata services and SSO sessions is a
 * third of the bundle: every cold start would load it, and nothing would call it.
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

/** esbuild options to add. */
export const leanSdk: BuildOptions & { plugins: Plugin[] } = {
  // By default, esbuild bundles the SDK's CommonJS files, and that bundle fails to load.
  mainFields: ["module", "main"],
  plugins: [credentials],
};
