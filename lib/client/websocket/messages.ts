// Reads the messages that come over a WebSocket: parts of answers, and API Gateway's own messages.
import { parseObject } from "../../shared/json-object.ts";

/** A message with a part of an answer. */
export interface AnswerMessage {
  kind: "answer";
  /** The id that the client gave to the question. */
  id: unknown;
  /** Identifies one run of the request. If a request runs twice, the client reads the run that sends the first message. */
  run: string;
  /** From 0 without gaps. */
  seq: number;
  /** The status with which a Function URL would respond. */
  status: number;
  /** In seconds, like the header `retry-after`. */
  retryAfter: number | undefined;
  /** Complete lines, each with its newline, or a part of a line. */
  text: string;
  /** Whether a Function URL would send the message as a JSON body: as an error response, or as the reply to an action. */
  isJson: boolean;
  /** Whether the last line in this message ends the answer. */
  isLast: boolean;
}

/** API Gateway could not pass a question to the function, or the function failed. The message does not say which question. */
export interface GatewayMessage {
  kind: "gateway";
  message: string;
}

/** The reply to an action is read like an answer with one message. Undefined for a message that belongs to no question. */
export function readMessage(data: unknown): AnswerMessage | GatewayMessage | undefined {
  const text = String(data);
  const message = parseObject(text);
  if (!message) return undefined;
  const { id, requestId, run, seq, status, retryAfter, lines, piece, more } = message;
  if (typeof message["message"] === "string") return { kind: "gateway", message: message["message"] };
  if (typeof seq !== "number") return undefined;
  const types = Array.isArray(lines) ? lines.map((line: { type?: unknown } | null) => line?.type) : [];
  const last = types.at(-1);
  const isError = types[0] === "error";
  const isReply = "action" in message;
  return {
    kind: "answer",
    id,
    run: `${String(requestId)} ${String(run)}`,
    seq,
    status: typeof status === "number" ? status : isError ? 500 : 200,
    retryAfter: typeof retryAfter === "number" ? retryAfter : undefined,
    text: typeof piece === "string" ? `${piece}${more === true ? "" : "\n"}` : linesIn(text),
    isJson: isReply || isError,
    isLast: last === "end" || last === "error" || isReply,
  };
}

/** The client's ids are numbers and the service writes `lines` last, so this text does not occur before the lines. */
const beforeLines = `"lines":[`;

/** Cuts the lines out of the message's own text, because parsing and writing them again would change large numbers. */
function linesIn(text: string): string {
  const lines: string[] = [];
  let start = text.indexOf(beforeLines) + beforeLines.length;
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === "\\") at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      // The bracket that ends the list makes `depth` negative.
      if (--depth > 0) continue;
      if (depth < 0) break;
      lines.push(`${text.slice(start, at + 1).replace(/^\s*,\s*/, "")}\n`);
      start = at + 1;
    }
  }
  return lines.join("");
}
