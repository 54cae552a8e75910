// `deltapipe chat`: a conversation. Each request carries all turns that went well.
import { AbortedError, type Message } from "../client/index.ts";
import { readAttachments } from "./attachments.ts";
import { openChatInput } from "./chat-input.ts";
import { connect } from "./connect.ts";
import { describeFailure, UsageError } from "./command-failure.ts";
import type { ConversationOptions } from "./command-options.ts";
import { createOutput } from "./output.ts";
import { buildRequest } from "./build-request.ts";
import { findTarget } from "./service-target.ts";

const commands = `/reset   forget the conversation so far
/help    this text
//text   send /text: a line that begins like a command is never sent
Ctrl-C   stop the answer; at the prompt, clear the line, and twice on an empty one leave
Ctrl-D   leave`;

export async function chat(options: ConversationOptions): Promise<void> {
  const target = findTarget(options);
  const client = connect(target);
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
    if (result.message) history.push(question, result.message);
    else output.warn("This turn is forgotten: Bedrock takes nothing of this answer back");
  }

  function command(line: string): void {
    if (line === "/reset") {
      history.length = 0;
      output.note("The conversation begins anew");
    } else if (line === "/help") {
      output.note(commands);
    } else {
      throw new UsageError(unknownCommand(line));
    }
  }

  if (input.interactive) {
    output.note(`Talking to ${options.model ?? "the service's first model"} at ${target.url.href}; /help`);
  }
  try {
    for (let line = await input.next(); line !== undefined; line = await input.next()) {
      await obey(line);
    }
  } finally {
    input.close();
  }

  async function obey(line: string): Promise<void> {
    const text = line.trim();
    if (text === "") return;
    if (text.startsWith("//")) return turn(text.slice(1)).catch(explain);
    // A path such as /etc/hosts is no command.
    if (!/^\/[^\s/]*(\s|$)/.test(text)) return turn(line).catch(explain);
    try {
      command(text);
    } catch (error) {
      // In a script it may be a turn on which the next ones build.
      if (!input.interactive) throw error;
      output.warn(describeFailure(error).sentence);
    }
  }

  function explain(error: unknown): void {
    output.endLine();
    // In a script the turns that follow would be without what they follow.
    if (!input.interactive) throw error;
    if (!(error instanceof AbortedError)) output.warn(describeFailure(error).sentence);
    output.note(error instanceof AbortedError ? "Stopped; this turn is forgotten" : "This turn is forgotten");
  }
}

function unknownCommand(line: string): string {
  const [name = "", ...rest] = line.split(/\s+/);
  const known = (name === "/reset" || name === "/help") && rest.length > 0;
  const found = known ? `Nothing may follow ${name}` : `There is no command ${name.slice(0, 40)}`;
  return `${found}: /help lists the commands; to send a text that begins with a slash, double the slash`;
}
