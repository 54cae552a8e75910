// The turns of the conversation. The service does not store them, so each request contains all of them.
import { turnOf } from "../client/next-turn.ts";
import type { Message } from "../wire.ts";
import type { RequestBody } from "./build-request.ts";
import type { Recording } from "./recording.ts";
import type { TurnView } from "./turn-view.ts";

export interface Conversation {
  messages(): Message[];
  /**
   * A result for each tool call of the last answer, by the call's id. Bedrock needs a result for every call, so a call without
   * one gets "No result".
   */
  openResults(): Map<string, string>;
  /**
   * Adds the turn to the conversation if the answer is complete and Bedrock would accept it in the next request. Returns a note
   * for the user, if any.
   */
  keep(answered: AnsweredTurn): string | undefined;
  forget(): void;
}

export interface AnsweredTurn {
  request: RequestBody;
  /** All messages up to and including the question. */
  messages: Message[];
  answer: Message;
  recording: Recording;
  turn: TurnView;
}

export function createConversation(): Conversation {
  let kept: Message[] = [];
  let lastTurn: TurnView | undefined;

  function openResults(): Map<string, string> {
    const written = lastTurn?.toolResults() ?? new Map<string, string>();
    return new Map(
      callsIn(kept.at(-1)).map(({ toolUseId }) => [toolUseId, written.get(toolUseId) || "No result"]),
    );
  }

  function keep({ request, messages, answer, recording, turn }: AnsweredTurn): string | undefined {
    const without = "The conversation goes on without this turn";
    if (recording.ending?.kind !== "complete") return `${without}.`;
    const accepted = turnOf(answer);
    if (!accepted) return `${without}: Bedrock accepts no answer without text.`;
    const hasTools = accepted.content.some(({ toolUse, toolResult }) => toolUse ?? toolResult);
    if (hasTools && request["toolConfig"] === undefined) {
      return `${without}: Bedrock accepts tool calls and results only with toolConfig. Insert a tool under Options, and ask again.`;
    }
    kept = [...messages, accepted];
    lastTurn = turn;
    return callsIn(accepted).length > 0 ? "Write the tool's result into the card, and send." : undefined;
  }

  function forget(): void {
    kept = [];
    lastTurn = undefined;
  }

  return { messages: () => kept, openResults, keep, forget };
}

/** The tool calls in a message, without those of tools that Bedrock runs itself. */
function callsIn(message: Message | undefined) {
  const calls = message?.content.flatMap(({ toolUse }) => toolUse ?? []) ?? [];
  return calls.filter(({ type }) => type !== "server_tool_use");
}
