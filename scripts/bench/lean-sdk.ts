// The SDK in as small a bundle as it comes in: so that what it costs Deltapipe is not put higher than need be.
import type { BuildOptions, Plugin } from "esbuild";

/**
 * Lambda hands a function its credentials in variables. Looking for them in files, metadata services and sign-ins as
 * well is a third of the bundle, loaded at each cold start and never reached.
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

/** What to add to esbuild's options. */
export const leanSdk: BuildOptions & { plugins: Plugin[] } = {
  // With esbuild's default, CommonJS forms of the SDK get in: the bundle packages, and cannot load.
  mainFields: ["module", "main"],
  plugins: [credentials],
};
