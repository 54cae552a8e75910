// `deltapipe chat`: a conversation. Each request carries all turns that went well.
import { AbortedError, createClient, type Message } from "../../lib/client/index.ts";
import { readAttachments } from "./attachments.ts";
import { openChatInput } from "./chat-input.ts";
import { describeFailure } from "./failure.ts";
import type { ConversationOptions } from "./options.ts";
import { createOutput } from "./output.ts";
import { buildRequest } from "./request.ts";
import { findTarget } from "./target.ts";

const commands = `/reset   forget the conversation so far
/help    this text
Ctrl-C   stop the answer; at the prompt, clear the line, and twice on an empty one leave
Ctrl-D   leave`;

export async function chat(options: ConversationOptions): Promise<void> {
  const target = findTarget(options);
  const client = createClient(target);
  const attachments = await readAttachments(options);
  const output = createOutput();
  const input = openChatInput(output.note);
  const history: Message[] = [];

  async function turn(text: string): Promise<void> {
    const content = [...(history.length === 0 ? attachments : []), { text }];
    const question: Message = { role: "user", content };
    const request = buildRequest(options, [...history, question]);
    const { result, summary } = await input.during((signal) =>
      output.answer(client.converse(request, { signal })),
    );
    output.note(summary);
    // Bedrock takes no empty turn.
    if (result.message.content.length > 0) history.push(question, result.message);
  }

  function command(name: string): void {
    if (name === "/reset") {
      history.length = 0;
      output.note("The conversation begins anew");
    } else if (name === "/help") {
      output.note(commands);
    } else {
      output.warn(`There is no command ${name}: /help lists them`);
    }
  }

  if (input.interactive) {
    output.note(`Talking to ${options.model ?? "the service's first model"} at ${target.url.href}; /help`);
  }
  try {
    for (let line = await input.next(); line !== undefined; line = await input.next()) {
      if (line.trim() === "") continue;
      if (/^\/\w*$/.test(line.trim())) command(line.trim());
      else await turn(line).catch(explain);
    }
  } finally {
    input.close();
  }

  function explain(error: unknown): void {
    output.endLine();
    // In a script the turns that follow would be without what they follow.
    if (!input.interactive) throw error;
    if (!(error instanceof AbortedError)) output.warn(describeFailure(error).sentence);
    output.note(error instanceof AbortedError ? "Stopped; this turn is forgotten" : "This turn is forgotten");
  }
}
