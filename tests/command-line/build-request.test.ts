// The bodies of the requests that the command line sends, as a test server receives them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConverseRequest, Message } from "../../lib/client/index.ts";
import { type CommandLine, installCommandLine, targetOf } from "../support/processes/command-line.ts";
import { type LineService, sendStream, startLineService } from "../support/servers/line-service.ts";
import { sampleEvents, toLines } from "../support/frames/sample-stream.ts";

let commandLine: CommandLine;
let service: LineService;
let bodies: ConverseRequest[] = [];
beforeAll(async () => {
  commandLine = await installCommandLine();
  service = await startLineService(({ body, response }) => {
    bodies.push(JSON.parse(body) as ConverseRequest);
    sendStream(response, toLines(sampleEvents));
  });
});
afterAll(async () => {
  await service.close();
  await commandLine.remove();
});

async function sentBy(args: string[], input = ""): Promise<ConverseRequest[]> {
  bodies = [];
  const [command = "", ...options] = args;
  const { code, stderr } = await commandLine.run([command, ...targetOf(service), ...options], { input });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return bodies;
}

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(join(commandLine.project, name), bytes);
  return name;
}

const user = (...content: object[]) => ({ role: "user", content });

describe("options", () => {
  test("an option that is not set adds nothing to the request", async () => {
    expect(await sentBy(["ask", "Hello"])).toEqual([{ messages: [user({ text: "Hello" })] }]);
  });

  test("options become members of Bedrock's request", async () => {
    const options = "--model fast --system Briefly --max-tokens 20 --temperature 0".split(" ");
    expect(await sentBy(["ask", ...options, "Hello"], "more\n")).toEqual([
      {
        modelId: "fast",
        system: [{ text: "Briefly" }],
        inferenceConfig: { maxTokens: 20, temperature: 0 },
        messages: [user({ text: "Hello" }, { text: "more\n" })],
      },
    ]);
  });
});

describe("files", () => {
  const starts = {
    png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1]),
    jpeg: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
    gif: Buffer.from("GIF89a\u0001"),
    webp: Buffer.from("RIFF\n\r\u0001\u0002WEBPVP8 "),
  };

  test.each(Object.entries(starts))(
    "a %s is recognized by its first bytes, not by its name",
    async (format, bytes) => {
      const file = await put(`picture-${format}.bin`, bytes);
      expect(await sentBy(["ask", "--image", file, "What is it?"])).toEqual([
        {
          messages: [
            user({ image: { format, source: { bytes: bytes.toString("base64") } } }, { text: "What is it?" }),
          ],
        },
      ]);
    },
  );

  test("documents come first, each with a unique name that Bedrock accepts", async () => {
    const names = [
      "été – report_v2 (final)[1].MD",
      "Notes.txt",
      "notes.csv",
      "分析.htm",
      `${"long ".repeat(45)}.pdf`,
    ];
    const files = await Promise.all(names.map((name) => put(name, name)));
    const image = await put("dot.png", starts.png);
    const options = files.flatMap((file) => ["--document", file]);
    const [request] = await sentBy(["ask", "--image", image, ...options, "Compare"]);
    const content = request?.messages?.[0]?.content ?? [];
    const expected = [
      ["md", "ete report v2 (final)[1]"],
      ["txt", "Notes"],
      ["csv", "notes (2)"],
      ["html", "document"],
      ["pdf", "long ".repeat(40).trim()],
    ].map(([format, name], index) => ({
      document: {
        format,
        name,
        source: { bytes: Buffer.from(names[index] ?? "").toString("base64") },
      },
    }));
    expect(content.slice(0, 5)).toEqual(expected);
    expect(content.slice(5).map((block) => Object.keys(block))).toEqual([["image"], ["text"]]);
  });

  test("documents get names that differ from those in the conversation of --messages", async () => {
    const saved = await put("with-document.json", JSON.stringify(conversationWith("Notes")));
    const file = await put("notes.csv", "a,b");
    const requests = await sentBy(["ask", "--messages", saved, "--document", file, "Compare"]);
    expect(requests.map(documentNames)).toEqual([["Notes", "notes (2)"]]);
  });
});

describe("a chat from standard input", () => {
  const textsOf = (messages: Message[] = []) =>
    messages.map(({ role, content }) => [role, ...content.flatMap(({ text }) => text ?? [])].join(": "));

  test("a chat sends each turn with all turns before it, in the form that Bedrock defines", async () => {
    const [first, second] = await sentBy(["chat", "--system", "s"], "one\n\ntwo\n");
    expect(first).toEqual({ system: [{ text: "s" }], messages: [user({ text: "one" })] });
    expect(second?.messages?.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    const answer = second?.messages?.[1]?.content ?? [];
    expect(answer.some(({ reasoningContent }) => reasoningContent?.reasoningText?.signature)).toBe(true);
    expect(second?.messages?.[2]).toEqual(user({ text: "two" }));
  });

  test("a chat starts again after /reset, and sends its files again with the new first turn", async () => {
    const file = await put("a.txt", "text");
    const requests = await sentBy(["chat", "--document", file], "one\ntwo\n/reset\nthree\n");
    expect(requests.map(({ messages }) => messages?.length)).toEqual([1, 3, 1]);
    const documents = requests.map(({ messages = [] }) =>
      messages.map(({ content }) => content.filter(({ document }) => document).length),
    );
    expect(documents).toEqual([[1], [1, 0, 0], [1]]);
    expect(textsOf(requests[2]?.messages)).toEqual(["user: three"]);
  });

  test("a chat names its files differently from the documents in the conversation of --messages", async () => {
    const saved = await put("with-document.json", JSON.stringify(conversationWith("a")));
    const file = await put("A.txt", "text");
    const options = ["--messages", saved, "--document", file];
    const requests = await sentBy(["chat", ...options], "one\ntwo\n/reset\nthree\n");
    expect(requests.map(documentNames)).toEqual([["a", "A (2)"], ["a", "A (2)"], ["A"]]);
  });

  test("a chat joins continued lines, and sends a block between triple quotes unchanged", async () => {
    const script = ["one\\", "two", '"""', "/reset", "", "three", '"""', ""].join("\n");
    const requests = await sentBy(["chat"], script);
    const last = textsOf(requests.at(-1)?.messages);
    expect([requests.length, last[0], last[2]]).toEqual([2, "user: one\ntwo", "user: /reset\n\nthree"]);
  });

  test("a chat can set a system prompt at any time, and chat and ask can continue from a saved conversation", async () => {
    const [, second] = await sentBy(
      ["chat"],
      `one\n/system """\nBe brief\nBe kind\n"""\ntwo\n/save talk.json\n`,
    );
    expect(second).toMatchObject({ system: [{ text: "Be brief\nBe kind" }] });
    expect(second?.messages).toHaveLength(3);
    const [chatted] = await sentBy(["chat", "--messages", "talk.json", "--model", "other"], "three\n");
    const [asked] = await sentBy(["ask", "--messages", "talk.json", "three"]);
    expect(asked?.messages).toEqual([...(chatted?.messages ?? [])]);
    expect(chatted?.messages?.slice(0, 3)).toEqual(second?.messages);
    expect(chatted).toMatchObject({ modelId: "other", system: second?.system });
  });

  test("a chat sends a line as a prompt if the line begins with a path, or with two slashes, of which one is removed", async () => {
    const requests = await sentBy(["chat"], "/etc/hosts: what is it?\n/reset\n//model is a command?\n");
    expect(requests.map(({ messages }) => textsOf(messages))).toEqual([
      ["user: /etc/hosts: what is it?"],
      ["user: /model is a command?"],
    ]);
  });

  test.each([
    ["/unknown", "/unknown: there is no such command"],
    ["/modle local.echo", "/modle: there is no such command"],
    ["  /model:x y", "/model:x: there is no such command"],
    ["/reset all", "/reset: nothing may follow it"],
    ["/", "/: there is no such command"],
  ])("a chat stops at the line %j without sending it", async (line, sentence) => {
    bodies = [];
    const { code, stderr } = await commandLine.run(["chat", ...targetOf(service)], {
      input: `${line}\ntwo\n`,
    });
    expect(stderr).toBe(
      `Cannot run the command ${sentence}; see /help, or double the slash to send it as text\n`,
    );
    expect({ code, bodies }).toEqual({ code: 2, bodies: [] });
  });

  test("a chat removes a byte order mark from its first line, and ask from the beginning of its input", async () => {
    expect(await sentBy(["chat"], "\uFEFF/help\n")).toEqual([]);
    const [chatted] = await sentBy(["chat"], "\uFEFFone\n");
    const [asked] = await sentBy(["ask"], "\uFEFFtwo \uFEFF");
    expect(textsOf(chatted?.messages)).toEqual(["user: one"]);
    expect(textsOf(asked?.messages)).toEqual(["user: two \uFEFF"]);
  });
});

/** A conversation with one document, as /save writes it. */
function conversationWith(name: string): object {
  const document = { format: "txt", name, source: { bytes: "dGV4dA==" } };
  const answer = { role: "assistant", content: [{ text: "Text." }] };
  return { messages: [user({ document }, { text: "What is it?" }), answer] };
}

function documentNames({ messages = [] }: ConverseRequest): string[] {
  return messages.flatMap(({ content }) => content.flatMap(({ document }) => document?.name ?? []));
}
