// The conversation that each request of `ask` and `chat` contains. It can be saved to a file and read again.
import { readFile, writeFile } from "node:fs/promises";
import type { ConverseRequest, Message, SystemContentBlock } from "../client/index.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import { UsageError } from "./command-failure.ts";
import type { ConversationOptions } from "./command-options.ts";

export interface Conversation {
  /** The name of a model in the service's list. Undefined: the first in the list. */
  model: string | undefined;
  system: SystemContentBlock[] | undefined;
  /** Turns of the user and of the assistant, in pairs. */
  messages: Message[];
}

/** Starts with the conversation in the file of `--messages`, if given. Throws `UsageError` for an unusable file. */
export async function startConversation(options: ConversationOptions): Promise<Conversation> {
  const { model, system, messages: path } = options;
  const saved = path === undefined ? { messages: [] } : await readConversation(path);
  return {
    model: model ?? saved.modelId,
    system: system === undefined ? saved.system : [{ text: system }],
    messages: saved.messages,
  };
}

type Saved = Pick<ConverseRequest, "modelId" | "system"> & { messages: Message[] };

/**
 * Writes a request's `modelId`, `system` and `messages` as JSON. A new file can be read only by the user. An existing
 * file is replaced only if `mayReplace` is set, and keeps its mode. Throws `UsageError` if the file cannot be written.
 */
export async function saveConversation(
  path: string,
  { model, system, messages }: Conversation,
  mayReplace: boolean,
): Promise<void> {
  const saved: Saved = { modelId: model, system, messages };
  try {
    const flag = mayReplace ? "w" : "wx";
    await writeFile(path, `${JSON.stringify(saved, undefined, 2)}\n`, { flag, mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = reasons[code] ?? `writing it failed with ${code}; check the path`;
    throw new UsageError(`Cannot save the conversation to "${path}": ${reason}`);
  }
}

const reasons: Record<string, string> = {
  EEXIST: "the file exists; name another one, or delete it",
  ENOENT: "its folder does not exist; check the path",
  EISDIR: "it is a folder; name a file",
};

async function readConversation(path: string): Promise<Saved> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw wrong(
      path,
      `${code === "ENOENT" ? "it does not exist" : `reading it failed with ${code}`}; check the path`,
    );
  }
  const value = parseObject(text);
  if (value === undefined) throw wrong(path, "it is not a JSON object; use a file that /save has written");
  const other = Object.keys(value).find((name) => !["modelId", "system", "messages"].includes(name));
  if (other !== undefined) {
    throw wrong(
      path,
      `it has the member ${JSON.stringify(other.slice(0, 64))}; keep only modelId, system and messages`,
    );
  }
  const { modelId, system, messages } = value;
  if (modelId !== undefined && typeof modelId !== "string")
    throw wrong(path, "its modelId is not a string; give the name of a model, or leave it out");
  if (system !== undefined && !isListOfObjects(system))
    throw wrong(path, 'its system is not a list of objects; give a list such as [{"text": "…"}]');
  if (!isListOfObjects(messages) || !messages.every(isMessage)) {
    throw wrong(
      path,
      "its messages are not a list of objects with a role and a list as content; use a file that /save has written",
    );
  }
  if (messages.at(-1)?.role === "user")
    throw wrong(path, "its last turn is the user's; end it with an answer");
  return { modelId, system: system as Saved["system"], messages };
}

function isListOfObjects(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.every(isObject);
}

function isMessage(value: Record<string, unknown>): value is Record<string, unknown> & Message {
  return typeof value["role"] === "string" && isListOfObjects(value["content"]);
}

function wrong(path: string, reason: string): UsageError {
  return new UsageError(`Cannot use --messages "${path}": ${reason}`);
}
