// Tests the commands of a chat, such as /model: what they change, what they print, and how they fail.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ChatContext, isCommand, runCommand } from "../../lib/command-line/chat-commands.ts";
import { type Conversation, startConversation } from "../../lib/command-line/conversation.ts";
import type { ConversationOptions } from "../../lib/command-line/command-options.ts";
import type { Message } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendJson, wireError } from "../support/servers/line-service.ts";

const served = [
  { name: "fast", modelId: "vendor.fast-v1:0", default: true },
  { name: "own-model", default: false },
];
const turns: Message[] = [
  { role: "user", content: [{ text: "Why?" }] },
  { role: "assistant", content: [{ text: "Because." }] },
];

interface Chat {
  conversation: Conversation;
  /** Runs a command, and returns what it printed. */
  run(line: string): Promise<string>;
}

async function openChat(
  messages: Message[] = [],
  [status, answer]: [status: number, answer: unknown] = [200, { models: served }],
): Promise<Chat> {
  const { client } = await connectClient(({ response }) => sendJson(response, status, answer));
  const notes: string[] = [];
  const conversation: Conversation = { model: undefined, system: undefined, messages };
  const context: ChatContext = {
    conversation,
    client,
    note: (text) => void notes.push(text),
    untilCtrlC: (work) => work(new AbortController().signal),
    saved: new Set(),
    reset: () => void (conversation.messages = []),
  };
  return {
    conversation,
    async run(line) {
      await runCommand(line, context);
      return notes.splice(0).join("\n");
    },
  };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "deltapipe-chat-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const options = (more: Partial<ConversationOptions>) => more as ConversationOptions;

describe("a line", () => {
  test.each(["/reset", " /model x", "/", "/unknown", "/system\nBe brief"])(
    "the line %j is a command",
    (line) => {
      expect(isCommand(line)).toBe(true);
    },
  );

  test.each(["reset", "/etc/hosts", "//reset", "a /reset", ""])("the line %j is not a command", (line) => {
    expect(isCommand(line)).toBe(false);
  });
});

describe("/model and /models", () => {
  test("/models lists the models, and marks the model in use", async () => {
    const { run } = await openChat();
    expect(await run("/models")).toBe("fast       vendor.fast-v1:0  (default)\nown-model");
    await run("/model own-model");
    expect(await run("/models")).toBe("fast       vendor.fast-v1:0  (default)\nown-model  (in use)");
  });

  test.each([
    ["fast", "fast"],
    ["vendor.fast-v1:0", "fast"],
    ["  own-model ", "own-model"],
  ])("/model switches to %j, and keeps the turns", async (wanted, name) => {
    const { run, conversation } = await openChat(turns);
    expect(await run("/model")).toBe("The model is the service's first");
    expect(await run(`/model ${wanted}`)).toBe(`The model is ${name} from now on`);
    expect(conversation).toEqual({ model: name, system: undefined, messages: turns });
    expect(await run("/model")).toBe(`The model is ${name}`);
  });

  test("/model rejects a model that the service does not have, and names the models that the service has", async () => {
    const { run, conversation } = await openChat();
    await expect(run("/model other")).rejects.toThrow(
      'Cannot use the model "other": the service does not have it; choose fast, own-model',
    );
    expect(conversation.model).toBeUndefined();
  });

  test("/models reports a response without a list, and /model reports an error response of the service", async () => {
    const { run } = await openChat([], [200, {}]);
    await expect(run("/models")).rejects.toThrow("Cannot read the list of models");
    const older = await openChat([], [404, wireError("NotFound", false)]);
    await expect(older.run("/model fast")).rejects.toThrow("rejected the request with NotFound");
  });
});

describe("/system", () => {
  test("/system sets a system prompt of several lines, and removes it if no text follows", async () => {
    const { run, conversation } = await openChat(turns);
    expect(await run("/system Be brief\nBe kind")).toBe("The system prompt is set");
    expect(conversation).toMatchObject({ system: [{ text: "Be brief\nBe kind" }], messages: turns });
    expect(await run("/system")).toBe("There is no system prompt now");
    expect(conversation.system).toBeUndefined();
  });
});

describe("/save", () => {
  test("/save writes a file that only the user can read, and that --messages accepts", async () => {
    const path = join(await folder(), "my talk.json");
    const { run, conversation } = await openChat(turns);
    await run("/model fast");
    await run("/system Be brief");
    expect(await run(`/save ${path}`)).toBe(
      `Saved ${path}: 2 messages; start with --messages to continue from it`,
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
      modelId: "fast",
      system: [{ text: "Be brief" }],
      messages: turns,
    });
    expect(await startConversation(options({ messages: path }))).toEqual(conversation);
    expect(await startConversation(options({ messages: path, model: "other", system: "Be kind" }))).toEqual({
      model: "other",
      system: [{ text: "Be kind" }],
      messages: turns,
    });
  });

  test("/save replaces a file that this chat has written, and says so", async () => {
    const path = join(await folder(), "talk.json");
    const { run, conversation } = await openChat([...turns]);
    await run(`/save ${path}`);
    conversation.messages.push(...turns);
    expect(await run(`/save ${path}`)).toBe(
      `Replaced ${path}: 4 messages; start with --messages to continue from it`,
    );
    expect((await startConversation(options({ messages: path }))).messages).toHaveLength(4);
  });

  test("/save does not replace another file", async () => {
    const path = join(await folder(), "thesis.txt");
    await writeFile(path, "years of work");
    const { run } = await openChat(turns);
    await expect(run(`/save ${path}`)).rejects.toThrow(
      `Cannot save the conversation to "${path}": the file exists; name another one, or delete it`,
    );
    expect(await readFile(path, "utf8")).toBe("years of work");
  });

  test.each([
    ["a folder that does not exist", "none/talk.json", turns, /its folder does not exist; check the path$/],
    ["a conversation without turns", "talk.json", [], /^Cannot save the conversation: it has no turns yet/],
  ])("/save reports %s", async (_, name, messages, message) => {
    const { run } = await openChat(messages);
    await expect(run(`/save ${join(await folder(), name)}`)).rejects.toThrow(message);
  });
});

describe("a command that is not usable", () => {
  test.each([
    ["/reset all", "/reset: nothing may follow it"],
    ["/models fast", "/models: nothing may follow it"],
    ["/help me", "/help: nothing may follow it"],
    ["/save", "/save: the name of a file has to follow it"],
    ["/Model fast", "/Model: there is no such command"],
    ["/constructor", "/constructor: there is no such command"],
    ["/", "/: there is no such command"],
  ])("the unusable command %s is rejected", async (line, sentence) => {
    const { run } = await openChat(turns);
    await expect(run(line)).rejects.toThrow(
      `Cannot run the command ${sentence}; see /help, or double the slash to send it as text`,
    );
  });
});

describe("a file for --messages", () => {
  const message = { role: "user", content: [{ text: "x" }] };
  test.each<[what: string, content: string, reason: string]>([
    ["is not JSON", "secret", "it is not a JSON object"],
    ["is a list", "[]", "it is not a JSON object"],
    ["has no messages", "{}", "its messages are not a list"],
    ["has a message without a role", `{"messages":[{"content":[]}]}`, "its messages are not a list"],
    [
      "has content that is a string",
      `{"messages":[{"role":"user","content":"secret"}]}`,
      "its messages are not",
    ],
    ["ends with a turn of the user", JSON.stringify({ messages: [message] }), "its last turn is the user's"],
    [
      "has a member other than modelId, system and messages",
      `{"messages":[],"toolConfig":{}}`,
      'it has the member "toolConfig"',
    ],
    ["has a number as model", `{"messages":[],"modelId":1}`, "its modelId is not a string"],
    ["has a string as system", `{"messages":[],"system":"secret"}`, "its system is not a list"],
  ])("a file for --messages is rejected if it %s", async (_, content, reason) => {
    const path = join(await folder(), "talk.json");
    await writeFile(path, content);
    const error = (await startConversation(options({ messages: path })).catch(
      (caught: unknown) => caught,
    )) as Error;
    expect(error.message).toContain(`Cannot use --messages "${path}": ${reason}`);
    expect(error.message).not.toContain("secret");
  });

  test("a file for --messages is rejected if it does not exist, or cannot be read", async () => {
    const path = join(await folder(), "talk.json");
    await expect(startConversation(options({ messages: path }))).rejects.toThrow(
      "it does not exist; check the path",
    );
    await writeFile(path, "{}");
    await chmod(path, 0o000);
    // Root can read the file in spite of its mode.
    const reason = process.getuid?.() === 0 ? "its messages" : "reading it failed with EACCES";
    await expect(startConversation(options({ messages: path }))).rejects.toThrow(reason);
  });
});
