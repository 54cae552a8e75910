// The first answer, for the eyes: through signature, Function URL, Lambda and Bedrock, as any caller gets it.
import { createClient, type Credentials } from "../lib/client/index.ts";
import { summaryOf } from "./command-line/summary.ts";

export interface FirstAnswerOptions {
  url: string;
  region: string;
  credentials: Credentials;
  prompt: string;
  model: string | undefined;
  signal: AbortSignal;
}

/** Resolves with whether it ended well; what went wrong has been printed. */
export async function streamFirstAnswer(options: FirstAnswerOptions): Promise<boolean> {
  const { prompt, model, signal, ...target } = options;
  console.log(`> ${prompt}\n`);
  try {
    const request = model === undefined ? { prompt } : { prompt, modelId: model };
    const answer = createClient({ ...target, retry: { limit: 0 } }).converse(request, { signal });
    for await (const text of answer.textStream()) process.stdout.write(text);
    console.log(`\n\n${summaryOf(await answer.result())}`);
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    const { name, message } = error as Error;
    console.error(`\n\nThe answer did not end well: ${name}: ${message}`);
    return false;
  }
}
