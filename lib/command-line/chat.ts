// The command `deltapipe chat`: a conversation. Each request contains all turns that succeeded.
import { AbortError, type Message } from "../client/index.ts";
import { readAttachments } from "./attachments.ts";
import { openChatInput } from "./chat-input.ts";
import { connect } from "./connect.ts";
import { describeFailure, UsageError } from "./command-failure.ts";
import type { ConversationOptions } from "./command-options.ts";
import { createOutput } from "./output.ts";
import { buildRequest } from "./build-request.ts";
import { findTarget } from "./service-target.ts";

const commands = `/reset   forget the conversation so far
/help    show this text
//text   send /text; a line that begins like a command is never sent
Ctrl-C   stop the answer; at the prompt, clear the line, or leave if pressed twice on an empty line
Ctrl-D   leave`;

export async function chat(options: ConversationOptions): Promise<void> {
  const target = findTarget(options);
  const client = connect(target);
  const attachments = await readAttachments(options);
  const output = createOutput();
  const input = openChatInput(output.note);
  const history: Message[] = [];

  async function sendTurn(text: string): Promise<void> {
    const content = [...(history.length === 0 ? attachments : []), { text }];
    const question: Message = { role: "user", content };
    const request = buildRequest(options, [...history, question]);
    const { result, summary } = await input.untilCtrlC((signal) =>
      output.answer(client.converse(request, { signal })),
    );
    output.note(summary);
    if (result.message) history.push(question, result.message);
    else output.warn("This turn is forgotten: Bedrock does not accept its answer in a request");
  }

  function runCommand(line: string): void {
    if (line === "/reset") {
      history.length = 0;
      output.note("The conversation is forgotten");
    } else if (line === "/help") {
      output.note(commands);
    } else {
      throw unknownCommand(line);
    }
  }

  if (input.interactive) {
    output.note(
      `Talking to ${options.model ?? "the service's first model"} at ${target.url.href}; /help lists the commands`,
    );
  }
  try {
    for (let line = await input.next(); line !== undefined; line = await input.next()) {
      await handleLine(line);
    }
  } finally {
    input.close();
  }

  async function handleLine(line: string): Promise<void> {
    const text = line.trim();
    if (text === "") return;
    if (text.startsWith("//")) return sendTurn(text.slice(1)).catch(reportFailure);
    // A second slash makes it a path, such as /etc/hosts.
    if (!/^\/[^\s/]*(\s|$)/.test(text)) return sendTurn(line).catch(reportFailure);
    try {
      runCommand(text);
    } catch (error) {
      // In a script, the next lines may depend on this one.
      if (!input.interactive) throw error;
      output.warn(describeFailure(error).sentence);
    }
  }

  function reportFailure(error: unknown): void {
    output.endLine();
    // In a script, the next turns would lack this one.
    if (!input.interactive) throw error;
    if (!(error instanceof AbortError)) output.warn(describeFailure(error).sentence);
    output.note(error instanceof AbortError ? "Stopped; this turn is forgotten" : "This turn is forgotten");
  }
}

function unknownCommand(line: string): UsageError {
  const [name = "", ...rest] = line.split(/\s+/);
  const known = (name === "/reset" || name === "/help") && rest.length > 0;
  const found = known ? "nothing may follow it" : "there is no such command";
  return new UsageError(
    `Cannot run the command ${name.slice(0, 40)}: ${found}; see /help, or double the slash to send it as text`,
  );
}
