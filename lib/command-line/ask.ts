// The command `deltapipe ask`: sends one prompt and prints the answer.
import { readAttachments } from "./attachments.ts";
import { connect } from "./connect.ts";
import type { AskOptions } from "./command-options.ts";
import { startConversation } from "./conversation.ts";
import { createOutput } from "./output.ts";
import { readPrompt } from "./prompt.ts";
import { buildRequest } from "./build-request.ts";
import { findTarget } from "./service-target.ts";

export async function ask(options: AskOptions): Promise<void> {
  const client = connect(findTarget(options));
  const content = [...(await readAttachments(options)), ...(await readPrompt(options.words))];
  const conversation = await startConversation(options);
  conversation.messages.push({ role: "user", content });
  const request = buildRequest(options, conversation);
  const output = createOutput();
  try {
    if (options.json) {
      for await (const line of client.converse(request).lines()) await output.line(line);
    } else {
      const { summary } = await output.answer(client.converse(request));
      output.note(summary);
    }
  } finally {
    client.close();
    output.endLine();
  }
}
