// Makes the local Bedrock's options from those of `npm start`: port, pace, aliases and own answers.
import { AnswersError, readAnswers, type BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { OptionError } from "../options.ts";
import type { StartOptions } from "./start-options.ts";

/** Rejects with `OptionError` if the file with own answers cannot be used. */
export async function readLocalBedrock(options: StartOptions): Promise<BedrockOptions> {
  const { bedrockPort: port, pace: deltasPerSecond, aliases, answers } = options;
  return {
    port,
    deltasPerSecond,
    aliases,
    ...(answers !== undefined && { answers: await readAnswers(answers).catch(explain) }),
  };
}

function explain(error: unknown): never {
  throw error instanceof AnswersError ? new OptionError(error.message) : error;
}
