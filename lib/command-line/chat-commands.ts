// Runs the commands of a chat: lines that begin with a slash, which are not sent to the model.
import { resolve } from "node:path";
import type { Client, ServedModel } from "../client/index.ts";
import { UsageError } from "./command-failure.ts";
import { type Conversation, saveConversation } from "./conversation.ts";
import { describeModels } from "./print-models.ts";

const commandHelp = `/model NAME    use another model from now on; without a name, show which one is used
/models        list the service's models
/system TEXT   set the system prompt; without a text, clear it
/save FILE     write the conversation to a file that --messages can read; replaces only files that this chat wrote
/reset         forget the conversation so far
/help          show this text
//text         send text that begins with a slash
"""            begin and end a text of several lines; a line that ends with a backslash continues in the next one
Ctrl-C         stop the answer; at the prompt, clear the line, or leave if pressed twice on an empty line
Ctrl-D         leave`;

export interface ChatContext {
  conversation: Conversation;
  client: Pick<Client, "models">;
  /** Prints a line for the user. */
  note(text: string): void;
  /** Runs `work` with a signal that aborts at Ctrl-C. */
  untilCtrlC<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Paths of the files that this chat has written. */
  saved: Set<string>;
  /** Forgets all turns. The next turn sends the attachments again. */
  reset(): void;
}

/** Runs a command. `argument` is the trimmed text after the command's name. It is empty if there is none. */
type Run = (argument: string, context: ChatContext) => Promise<void> | void;

const commands: Record<string, { takes: "nothing" | "maybe" | "a file"; run: Run }> = {
  "/model": { takes: "maybe", run: switchModel },
  "/models": { takes: "nothing", run: listModels },
  "/system": { takes: "maybe", run: setSystem },
  "/save": { takes: "a file", run: save },
  "/reset": { takes: "nothing", run: reset },
  "/help": { takes: "nothing", run: (_, { note }) => note(commandHelp) },
};

/** Whether the text is a command: its first word begins with a slash and has no second one. `/etc/hosts` is therefore text. */
export function isCommand(text: string): boolean {
  return /^\s*\/[^\s/]*(\s|$)/.test(text);
}

/**
 * Throws `UsageError` for a command that does not exist, and for an argument that is missing, superfluous or wrong. Also throws
 * the client's errors.
 */
export async function runCommand(text: string, context: ChatContext): Promise<void> {
  const [, name = "", argument = ""] = /^(\S+)\s*([^]*)$/.exec(text.trim()) ?? [];
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw unusable(name, "there is no such command");
  if (command.takes === "nothing" && argument !== "") throw unusable(name, "nothing may follow it");
  if (command.takes === "a file" && argument === "")
    throw unusable(name, "the name of a file has to follow it");
  await command.run(argument, context);
}

function unusable(name: string, found: string): UsageError {
  return new UsageError(
    `Cannot run the command ${name.slice(0, 40)}: ${found}; see /help, or double the slash to send it as text`,
  );
}

async function switchModel(wanted: string, { conversation, note, ...context }: ChatContext): Promise<void> {
  if (wanted === "") return note(`The model is ${conversation.model ?? "the service's first"}`);
  const models = await servedModels(context);
  const model = models.find(({ name, modelId }) => wanted === name || wanted === modelId);
  if (!model) {
    const names = models.map(({ name }) => name).join(", ");
    throw new UsageError(
      `Cannot use the model "${wanted.slice(0, 200)}": the service does not have it; choose ${names}`,
    );
  }
  conversation.model = model.name;
  note(`The model is ${model.name} from now on`);
}

async function listModels(_: string, { conversation, note, ...context }: ChatContext): Promise<void> {
  note(describeModels(await servedModels(context), conversation.model));
}

function servedModels({
  client,
  untilCtrlC,
}: Pick<ChatContext, "client" | "untilCtrlC">): Promise<ServedModel[]> {
  return untilCtrlC((signal) => client.models({ signal }));
}

function setSystem(text: string, { conversation, note }: ChatContext): void {
  conversation.system = text === "" ? undefined : [{ text }];
  note(text === "" ? "There is no system prompt now" : "The system prompt is set");
}

async function save(file: string, { conversation, note, saved }: ChatContext): Promise<void> {
  const { length } = conversation.messages;
  if (length === 0)
    throw new UsageError("Cannot save the conversation: it has no turns yet; ask something first");
  const path = resolve(file);
  const isOwn = saved.has(path);
  await saveConversation(file, conversation, isOwn);
  saved.add(path);
  note(
    `${isOwn ? "Replaced" : "Saved"} ${file}: ${length} messages; start with --messages to continue from it`,
  );
}

function reset(_: string, context: ChatContext): void {
  context.reset();
  context.note("The conversation is forgotten");
}
