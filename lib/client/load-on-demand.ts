// Loads the code that most calls do not need.
import { ConfigurationError } from "./errors.ts";

/**
 * A bundler puts this import into a separate file, so that a page loads it with the first call that needs it. Rejects with a
 * {@link ConfigurationError} if it cannot be loaded.
 */
export function loadOnDemand(): Promise<typeof import("./on-demand.ts")> {
  return import("./on-demand.ts").catch((cause: unknown) => {
    throw new ConfigurationError(
      "Cannot use schema, tools, models(), toResponse() or toReadableStream(): the file with their code cannot be loaded;" +
        " check the network, and deploy all files that your bundler writes",
      { cause },
    );
  });
}
