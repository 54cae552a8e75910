// Requests the first answer as any caller would, through signature, Function URL, Lambda and Bedrock, and prints it.
import { createClient, type Credentials } from "../../lib/client/index.ts";
import { createOutput } from "../../lib/command-line/output.ts";

export interface FirstAnswerOptions {
  url: string;
  region: string;
  credentials: Credentials;
  prompt: string;
  model: string | undefined;
  signal: AbortSignal;
}

/** Resolves with true if the answer succeeded or was aborted. If it failed, prints the reason and resolves with false. */
export async function streamFirstAnswer(options: FirstAnswerOptions): Promise<boolean> {
  const { prompt, model, signal, ...target } = options;
  const output = createOutput();
  console.log(`> ${prompt}\n`);
  try {
    const request = model === undefined ? { prompt } : { prompt, modelId: model };
    const client = createClient({ ...target, retry: { limit: 0 } });
    const { summary } = await output.answer(client.converse(request, { signal }));
    output.endLine();
    console.log(`\n${summary}`);
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    const { name, message } = error as Error;
    output.endLine();
    console.error(`\nThe answer failed: ${name}: ${message}`);
    return false;
  }
}
