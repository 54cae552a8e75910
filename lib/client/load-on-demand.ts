// Loads the code that most calls do not need.
import { ConfigurationError } from "./errors.ts";

export type OnDemand = typeof import("./on-demand.ts");

/**
 * A bundler puts this code into a separate file, which a page loads with the first call that needs it. Rejects with a
 * {@link ConfigurationError} if it cannot be loaded.
 */
export function loadOnDemand(): Promise<OnDemand> {
  return import("./on-demand.ts").catch((cause: unknown) => {
    throw new ConfigurationError(
      "Cannot use schema, tools, resume, cancel(), models(), toResponse() or toReadableStream(): their code cannot be" +
        " loaded; check the network, and deploy all files that your bundler writes",
      { cause },
    );
  });
}
