// The command `deltapipe ask`: sends one prompt and prints the answer.
import { setTimeout as sleep } from "node:timers/promises";
import { AbortError } from "../client/index.ts";
import { withUniqueDocumentNames } from "../shared/document-names.ts";
import { readAttachments } from "./attachments.ts";
import { connect } from "./connect.ts";
import type { AskOptions } from "./command-options.ts";
import { startConversation } from "./conversation.ts";
import { createOutput } from "./output.ts";
import { readPrompt } from "./prompt.ts";
import { buildRequest } from "./build-request.ts";
import { findTarget, isWebSocketUrl } from "./service-target.ts";

/** The exit code that shells use for a program that was ended by Ctrl-C. */
const interruptedCode = 130;
/** Milliseconds for which a WebSocket stays open after Ctrl-C, so that the client can tell the service to cancel the answer. */
const cancelMs = 1000;

export async function ask(options: AskOptions): Promise<void> {
  const { json, resume, idempotencyKey } = options;
  const target = findTarget(options);
  const client = connect(target);
  const content = [...(await readAttachments(options)), ...(await readPrompt(options.words))];
  const conversation = await startConversation(options);
  const { messages } = conversation;
  messages.push({ role: "user", content: withUniqueDocumentNames(content, messages) });
  const request = { ...buildRequest(options, conversation), ...(resume && { idempotencyKey }) };
  const output = createOutput();
  const signal = resume ? abortedAtCtrlC() : undefined;
  try {
    const answer = client.converse(request, { resume, signal });
    if (json) {
      for await (const line of answer.lines()) await output.line(line);
    } else {
      const { summary } = await output.answer(answer);
      output.note(summary);
    }
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    output.note("Stopped");
    process.exitCode = interruptedCode;
    // Over HTTP, the request that cancels the answer keeps the program alive until the service has responded.
    if (isWebSocketUrl(target.url)) await sleep(cancelMs);
  } finally {
    client.close();
    output.endLine();
  }
}

/**
 * With `resume`, the service goes on with an answer after its connection is closed. The program therefore handles Ctrl-C, and
 * the client cancels the answer when the signal aborts. Without `resume`, Ctrl-C simply ends the program.
 */
function abortedAtCtrlC(): AbortSignal {
  const stop = new AbortController();
  // A second Ctrl-C ends the program at once.
  process.once("SIGINT", () => stop.abort());
  return stop.signal;
}
