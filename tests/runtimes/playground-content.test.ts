// Tests the content of answers on the page of `npm start`: citations, images, and tools that Bedrock runs itself.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OwnAnswer } from "../../lib/local/bedrock/own-answers/answer-form.ts";
import { type OpenedPage, type Playground, playgroundTests, startPlayground } from "./playground.ts";

const { isSkipped, titled } = playgroundTests;

/** A picture of one pixel, in pieces that are base64 on their own. */
const picture = [
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
  "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
];
const html = `<b onclick="alert(1)">A title</b>`;

function delta(contentBlockIndex: number, value: object) {
  return { contentBlockDelta: { contentBlockIndex, delta: value } };
}

function start(contentBlockIndex: number, value: object) {
  return { contentBlockStart: { contentBlockIndex, start: value } };
}

function stop(contentBlockIndex: number) {
  return { contentBlockStop: { contentBlockIndex } };
}

function answer(prompt: string, ...events: object[]): OwnAnswer {
  const ending = [
    { messageStop: { stopReason: "end_turn" } },
    { metadata: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 } } },
  ];
  return {
    when: { prompt },
    events: [{ messageStart: { role: "assistant" } }, ...events, ...ending],
  } as OwnAnswer;
}

const answers = [
  answer(
    "citations",
    delta(0, { text: "It rains in Bergen." }),
    delta(0, {
      citation: { title: "Report", location: { documentPage: { documentIndex: 0, start: 2, end: 3 } } },
    }),
    delta(0, { citation: { title: html, location: { web: { url: "https://rain.example/a?b=c" } } } }),
    delta(0, {
      citation: { source: "notes.txt", location: { documentChar: { documentIndex: 1, start: 5, end: 5 } } },
    }),
    delta(0, { citation: { sourceContent: [{ text: "Rain fell." }] } }),
    stop(0),
  ),
  answer(
    "a picture",
    start(0, { image: { format: "png" } }),
    ...picture.map((bytes) => delta(0, { image: { source: { bytes } } })),
    stop(0),
    delta(1, { text: "That is rain." }),
    stop(1),
  ),
  answer(
    "no picture",
    start(0, { image: { format: "png" } }),
    delta(0, { image: { error: { message: "The content was filtered." } } }),
    stop(0),
  ),
  answer(
    "an S3 object",
    start(0, { image: { format: "png" } }),
    delta(0, { image: { source: { s3Location: { uri: "s3://pictures/rain.png" } } } }),
    stop(0),
  ),
  answer(
    "a search",
    start(0, { toolUse: { toolUseId: "srv-1", name: "web_search", type: "server_tool_use" } }),
    delta(0, { toolUse: { input: '{"query":"rain' } }),
    delta(0, { toolUse: { input: ' in Bergen"}' } }),
    stop(0),
    start(1, { toolResult: { toolUseId: "srv-1", type: "web_search_tool_result", status: "success" } }),
    delta(1, { toolResult: [{ text: "Rain is " }, { text: "expected." }] }),
    delta(1, { toolResult: [{ json: { days: [1, 2], source: html } }, null] }),
    stop(1),
    delta(2, { text: "Take an umbrella." }),
    stop(2),
  ),
  answer(
    "a failed search",
    start(0, { toolUse: { toolUseId: "srv-2", name: "web_search", type: "server_tool_use" } }),
    stop(0),
    start(1, { toolResult: { toolUseId: "srv-2", status: "error" } }),
    delta(1, { toolResult: [{ text: "No connection." }] }),
    stop(1),
  ),
];

describe.skipIf(isSkipped)(titled("the page"), () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground({ bedrock: { answers } });
  });
  afterAll(() => playground.close());

  async function askAbout(prompt: string): Promise<OpenedPage> {
    const opened = await playground.open();
    await opened.ask(prompt, "local.story");
    expect(await opened.ended()).toBe("Complete: end_turn");
    return opened;
  }

  test("the page shows citations in a list below the text, each with its place, and shows HTML in them as text", async () => {
    const { page, text, problems } = await askAbout("citations");
    expect(await text(".text")).toBe("It rains in Bergen.");
    expect((await text(".citations")).split("\n")).toEqual([
      "Report, documentPage 2 to 3",
      `${html}, https://rain.example/a?b=c`,
      "notes.txt, documentChar 5",
      "A source",
    ]);
    expect(await page.locator(".turn b, .turn a").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("the page shows a picture that arrives in pieces, in its place before the text that follows", async () => {
    const { page, text, until, problems } = await askAbout("a picture");
    await until("The picture", `document.querySelector(".blocks img")?.naturalWidth === 1`);
    expect(await page.locator(".blocks img + .text").count()).toBe(1);
    expect(await text(".text")).toBe("That is rain.");
    expect(problems).toEqual([]);
  });

  test.each([
    ["no picture", "The model made no image: The content was filtered."],
    ["an S3 object", "An image at s3://pictures/rain.png"],
  ])("the page shows a sentence instead of a picture if the answer has %s", async (prompt, sentence) => {
    const { page, text } = await askAbout(prompt);
    expect(await text(".blocks")).toBe(sentence);
    expect(await page.locator(".blocks img").count()).toBe(0);
  });

  test("the page shows a tool that Bedrock has run, with its input and its result, and asks the user for no result", async () => {
    const { page, text, problems } = await askAbout("a search");
    const [call, result] = [page.locator(".card >> nth=0"), page.locator(".card >> nth=1")];
    expect((await call.innerText()).split(/\n+/)).toEqual([
      "Tool call: web_search",
      "Bedrock runs this tool itself.",
      '{"query":"rain in Bergen"}',
    ]);
    expect((await result.innerText()).split(/\n+/)).toEqual([
      "Result of a tool call",
      `Rain is expected.${JSON.stringify({ days: [1, 2], source: html })}null`,
    ]);
    expect(await page.locator(".card textarea, .card b").count()).toBe(0);
    expect(await text(".text")).toBe("Take an umbrella.");
    expect(problems).toEqual([]);
  });

  test.each([
    ["continues with that turn if the request has toolConfig", true, 3],
    ["continues without that turn if the request has no toolConfig", false, 1],
  ])("the page shows the turn in which Bedrock has run a tool, and %s", async (_, hasTool, length) => {
    const { page, ask, ended, text } = await playground.open();
    await page.click("text=Options");
    if (hasTool) await page.click("#tool-example");
    await ask("a failed search", "local.story");
    await ended();
    const note = await text(".turn:last-child .ending");
    expect(note.includes("goes on without this turn: Bedrock accepts tool calls")).toBe(!hasTool);
    const [request] = await Promise.all([page.waitForEvent("request"), ask("And now?", "local.echo")]);
    expect(await ended()).toBe("Complete: end_turn");
    const { messages = ["the prompt"] } = request.postDataJSON() as { messages?: unknown[] };
    expect(messages).toHaveLength(length);
  });

  test("the page shows a tool that has failed, with its error", async () => {
    const { page } = await askAbout("a failed search");
    expect((await page.locator(".card >> nth=1").innerText()).split(/\n+/)).toEqual([
      "Result of a tool call",
      "The tool failed.",
      "No connection.",
    ]);
  });
});
