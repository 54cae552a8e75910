// The command `deltapipe chat`: a conversation in which each request contains all earlier turns that succeeded.
import { AbortError, type Message } from "../client/index.ts";
import { withUniqueDocumentNames } from "../shared/document-names.ts";
import { readAttachments } from "./attachments.ts";
import { type ChatContext, isCommand, runCommand } from "./chat-commands.ts";
import { openChatInput } from "./chat-input.ts";
import { connect } from "./connect.ts";
import { startConversation } from "./conversation.ts";
import { describeFailure } from "./command-failure.ts";
import type { ConversationOptions } from "./command-options.ts";
import { dropped, type Entry, readEntry } from "./entries.ts";
import { createOutput } from "./output.ts";
import { buildRequest } from "./build-request.ts";
import { findTarget } from "./service-target.ts";

export async function chat(options: ConversationOptions): Promise<void> {
  const target = findTarget(options);
  const client = connect(target);
  const attachments = await readAttachments(options);
  const conversation = await startConversation(options);
  const output = createOutput();
  const input = openChatInput(output.note);
  // The attachments that no turn has sent yet.
  let unsent = attachments;
  const context: ChatContext = {
    conversation,
    client,
    note: output.note,
    untilCtrlC: input.untilCtrlC,
    saved: new Set(),
    reset() {
      conversation.messages = [];
      unsent = attachments;
    },
  };

  if (input.interactive) {
    output.note(
      `Talking to ${conversation.model ?? "the service's first model"} at ${target.url.href}; /help lists the commands`,
    );
  }
  try {
    for (;;) {
      const entry = await readEntry(input.next);
      if (entry === undefined) return;
      if (entry !== dropped) await handle(entry);
    }
  } finally {
    client.close();
    input.close();
  }

  async function handle({ text, verbatim }: Entry): Promise<void> {
    if (text.trim() === "") return;
    if (verbatim) return sendTurn(text).catch(reportFailure);
    if (text.trimStart().startsWith("//")) return sendTurn(text.trim().slice(1)).catch(reportFailure);
    if (!isCommand(text)) return sendTurn(text).catch(reportFailure);
    try {
      await runCommand(text, context);
    } catch (error) {
      // With piped input, later lines may depend on this one.
      if (!input.interactive) throw error;
      if (error instanceof AbortError) output.note("Stopped");
      else output.warn(describeFailure(error).sentence);
    }
  }

  async function sendTurn(text: string): Promise<void> {
    const attached = withUniqueDocumentNames(unsent, conversation.messages);
    const question: Message = { role: "user", content: [...attached, { text }] };
    const messages = [...conversation.messages, question];
    const request = buildRequest(options, { ...conversation, messages });
    const { result, summary } = await input.untilCtrlC((signal) =>
      output.answer(client.converse(request, { resume: options.resume, signal })),
    );
    output.note(summary);
    if (!result.message) {
      return output.warn(
        "Removed this turn from the conversation: the next request would repeat its answer, which Bedrock would reject",
      );
    }
    conversation.messages.push(question, result.message);
    unsent = [];
  }

  function reportFailure(error: unknown): void {
    output.endLine();
    // With piped input, later lines may depend on this answer.
    if (!input.interactive) throw error;
    if (!(error instanceof AbortError)) output.warn(describeFailure(error).sentence);
    output.note(error instanceof AbortError ? "Stopped; this turn is forgotten" : "This turn is forgotten");
  }
}
