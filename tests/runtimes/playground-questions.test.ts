// Tests the requests of the page of `npm start`: turns of a conversation, tool results, and files.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenedPage, type Playground, playgroundTests, startPlayground } from "./playground.ts";

const { isSkipped, titled } = playgroundTests;

describe.skipIf(isSkipped)(titled("the page"), () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground();
  });
  afterAll(() => playground.close());

  async function open(): Promise<OpenedPage> {
    return playground.open();
  }

  /** The bodies of the requests to the service. */
  function requestsOf({ page }: OpenedPage): Record<string, unknown>[] {
    const bodies: Record<string, unknown>[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") bodies.push(request.postDataJSON() as Record<string, unknown>);
    });
    return bodies;
  }

  /** Drops files with these names on the page, and waits until the form lists them. */
  async function attach({ page }: OpenedPage, names: string[]): Promise<void> {
    const dataTransfer = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      for (const name of ${JSON.stringify(names)}) data.items.add(new File(["Rain."], name));
      return data;
    })()`);
    await page.dispatchEvent("#turns", "drop", { dataTransfer });
    await page.waitForSelector(`#attached li >> nth=${names.length - 1}`);
  }

  function documentNames(request: Record<string, unknown>): string[] {
    const messages = request["messages"] as { content: { document?: { name: string } }[] }[];
    return messages.flatMap(({ content }) => content.flatMap(({ document }) => document?.name ?? []));
  }

  describe("the conversation", () => {
    test("the conversation contains complete answers only, and is empty after a click on New conversation", async () => {
      const opened = await open();
      const { page, ask, ended } = opened;
      const requests = requestsOf(opened);
      await ask("one", "local.echo");
      await ended();
      await ask("two", "local.cut");
      await ended();
      await ask("three", "local.echo");
      await ended();
      await page.click("#forget");
      await ask("four");
      await ended();
      const user = (text: string) => ({ role: "user", content: [{ text }] });
      const assistant = (text: string) => ({ role: "assistant", content: [{ text }] });
      expect(requests).toEqual([
        { modelId: "local.echo", prompt: "one" },
        { modelId: "local.cut", messages: [user("one"), assistant("one"), user("two")] },
        { modelId: "local.echo", messages: [user("one"), assistant("one"), user("three")] },
        { modelId: "local.echo", prompt: "four" },
      ]);
    });

    test("the conversation contains the result of a tool call", async () => {
      const opened = await open();
      const { page, ask, ended } = opened;
      const requests = requestsOf(opened);
      await page.click("text=Options");
      await page.click("#tool-example");
      await ask("The weather?", "local.tool");
      await ended();
      await page.fill(".card textarea", "sunny");
      await page.selectOption("#model", "local.echo");
      await page.click("#send");
      expect(await ended()).toBe("Complete: end_turn");
      const { messages } = requests[1] as { messages: { content: object[] }[] };
      const toolUseId = expect.any(String) as string;
      expect(messages).toHaveLength(3);
      expect(messages[2]!.content).toEqual([{ toolResult: { toolUseId, content: [{ text: "sunny" }] } }]);
    });

    test("the conversation contains files dropped on the page, and the request contains the options and more members", async () => {
      const opened = await open();
      const { page, ask, ended } = opened;
      const requests = requestsOf(opened);
      const dataTransfer = await page.evaluateHandle(`(() => {
        const data = new DataTransfer();
        const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
        data.items.add(new File([png], "picture.jpg"));
        data.items.add(new File(["Rain."], "Über_rain.v2.txt"));
        data.items.add(new File(["x"], "program.exe"));
        return data;
      })()`);
      await page.dispatchEvent("#turns", "drop", { dataTransfer });
      await page.waitForSelector("#attached li >> nth=1");
      expect(await opened.text("#ask-problem")).toMatch(
        /^Cannot attach program\.exe: Bedrock does not accept/,
      );
      await page.click("text=Options");
      await page.fill("#system", "Be brief.");
      await page.fill("#max-tokens", "50");
      await page.fill("#temperature", "0.5");
      await page.fill("#more", `{ "requestMetadata": { "team": "a" } }`);
      await ask("What is it?");
      await ended();
      expect(requests).toEqual([
        {
          modelId: "local.story",
          system: [{ text: "Be brief." }],
          messages: [
            {
              role: "user",
              content: [
                { image: { format: "png", source: { bytes: "iVBORw0KGgoB" } } },
                { document: { format: "txt", name: "Uber rain v2", source: { bytes: "UmFpbi4=" } } },
                { text: "What is it?" },
              ],
            },
          ],
          inferenceConfig: { maxTokens: 50, temperature: 0.5 },
          requestMetadata: { team: "a" },
        },
      ]);
    });

    test("each document in the conversation gets a unique name, even if two names differ only in upper and lower case", async () => {
      const opened = await open();
      const { page, ask, ended } = opened;
      const requests = requestsOf(opened);
      await attach(opened, ["Notes.txt", "notes.csv"]);
      await ask("Compare", "local.echo");
      expect(await ended()).toBe("Complete: end_turn");
      await attach(opened, ["NOTES.md"]);
      await ask("And this one?");
      expect(await ended()).toBe("Complete: end_turn");
      await page.click("#forget");
      await attach(opened, ["notes.csv"]);
      await ask("Alone?");
      expect(await ended()).toBe("Complete: end_turn");
      expect(requests.map(documentNames)).toEqual([
        ["Notes", "notes (2)"],
        ["Notes", "notes (2)", "NOTES (3)"],
        ["notes"],
      ]);
    });

    test.each([
      ["an empty prompt", "#prompt", " ", /Write a prompt/],
      ["a number that is too high", "#temperature", "2", /from 0 to 1/],
      ["a number that is too low", "#max-tokens", "0", /from 1 to/],
      ["text that is not JSON", "#more", "{", /JSON object/],
    ])(
      "the page does not send a request with %s, and explains which value the field needs",
      async (_, field, value, sentence) => {
        const opened = await open();
        const { page, text } = opened;
        const requests = requestsOf(opened);
        await page.click("text=Options");
        await page.fill("#prompt", "x");
        await page.fill(field, value);
        await page.click("#send");
        expect(await text("#ask-problem")).toMatch(sentence);
        expect(await page.locator(`${field}:focus`).getAttribute("aria-invalid")).toBe("true");
        expect(requests).toEqual([]);
      },
    );
  });
});
