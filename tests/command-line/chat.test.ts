// `deltapipe chat` in a pseudo-terminal: typing, Ctrl-C, Ctrl-D.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConverseRequest } from "../../lib/client/index.ts";
import { targetOf } from "../support/processes/command-line.ts";
import { sendStream, startLineService, streamHeaders } from "../support/servers/line-service.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";
import { toLines } from "../support/frames/sample-stream.ts";
import { ctrlC, ctrlD, hasTerminal, prompt } from "../support/processes/pseudo-terminal.ts";

const answer = [
  { type: "start", version: 1, requestId: "r", modelId: "m" },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "Yes" } },
  { type: "messageStop", stopReason: "end_turn" },
  { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } },
];

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe.skipIf(!hasTerminal)("chat in a terminal", () => {
  test("chat stops the answer at Ctrl-C, forgets that turn, and continues", async () => {
    const terminal = local.open("chat --model local.stall");
    expect(await terminal.shows(prompt)).toMatch(/Talking to local\.stall at http.*\/help/);
    terminal.type("first\r");
    await terminal.shows(/and then/);
    terminal.type(ctrlC);
    await terminal.shows(/\n.*Stopped; this turn is forgotten/);
    await terminal.shows(prompt);
    terminal.type(ctrlD);
    expect(await terminal.exit).toBe(0);
  });

  test("chat sends all turns since /reset, except a turn that was stopped", async () => {
    const sent: string[][] = [];
    const service = await startLineService(({ body, index, response }) => {
      const { messages = [] } = JSON.parse(body) as ConverseRequest;
      sent.push(messages.map(({ content }) => content.at(-1)?.text ?? ""));
      // The first answer does not end, so that Ctrl-C has to stop it.
      if (index > 0) sendStream(response, toLines(answer));
      else response.writeHead(200, streamHeaders).write(toLines(answer.slice(0, 2)));
    });
    const terminal = local.open(`chat ${targetOf(service).join(" ")}`);
    for (const text of ["one", "two", "three", "/reset", "four"]) {
      await terminal.shows(prompt);
      terminal.type(`${text}\r`);
      await terminal.shows(text === "/reset" ? /The conversation is forgotten/ : /Yes/);
      if (text === "one") terminal.type(ctrlC);
    }
    await terminal.shows(/end_turn/);
    await service.close();
    expect(sent).toEqual([["one"], ["two"], ["two", "Yes", "three"], ["four"]]);
  });

  test("chat reports a failure in one sentence and continues", async () => {
    const terminal = local.open("chat --model local.cut");
    for (let turn = 0; turn < 2; turn += 1) {
      await terminal.shows(prompt);
      terminal.type("x\r");
      const shown = await terminal.shows(/forgotten/);
      expect(shown).toMatch(/and then\nThe stream failed with StreamTruncated: .*\n/);
    }
    await terminal.shows(prompt);
  });

  test("chat forgets a turn whose answer Bedrock would reject in the next request, and says so", async () => {
    const sent: string[][] = [];
    const texts = ["Yes", " \n", undefined, "Yes"];
    const service = await startLineService(({ body, index, response }) => {
      const { messages = [] } = JSON.parse(body) as ConverseRequest;
      sent.push(messages.map(({ content }) => content.at(-1)?.text ?? ""));
      const [start, delta, ...end] = answer;
      const text = texts[index];
      sendStream(response, toLines([start, ...(text ? [{ ...delta, delta: { text } }] : []), ...end]));
    });
    const terminal = local.open(`chat ${targetOf(service).join(" ")}`);
    for (const text of ["one", "two", "three", "four"]) {
      await terminal.shows(prompt);
      terminal.type(`${text}\r`);
      await terminal.shows(/end_turn/);
      if (text === "two" || text === "three") await terminal.shows(/Removed this turn from the conversation/);
    }
    await service.close();
    expect(sent).toEqual([["one"], ["one", "Yes", "two"], ["one", "Yes", "three"], ["one", "Yes", "four"]]);
  });

  test("chat clears the line at Ctrl-C, and exits at the second Ctrl-C on an empty line", async () => {
    const terminal = local.open("chat");
    await terminal.shows(prompt);
    terminal.type("not this");
    await terminal.shows(/not this$/);
    terminal.type(ctrlC);
    await terminal.shows(prompt);
    terminal.type(ctrlC);
    await terminal.shows(/Press Ctrl-C again or Ctrl-D to leave/);
    await terminal.shows(prompt);
    terminal.type(ctrlC);
    expect(await terminal.exit).toBe(0);
  });

  test("chat hides text that is typed during an answer until the answer has ended", async () => {
    const terminal = local.open("chat --model local.thinking");
    await terminal.shows(prompt);
    terminal.type("x\r");
    await terminal.shows(/␛\[2mThe/);
    terminal.type("typed ahead\rhalf");
    const answer = await terminal.shows(/end_turn/);
    expect(answer).not.toContain("ahead");
    expect(await terminal.shows(/end_turn/)).toMatch(/> (␛\[3G)?typed ahead\n/);
    await terminal.shows(/> (␛\[3G)?half/);
  });

  test("chat switches the model, discards continued lines at Ctrl-C, and exits at Ctrl-D within a block", async () => {
    const terminal = local.open("chat");
    await terminal.shows(prompt);
    terminal.type("/model local.echo\r");
    await terminal.shows(/The model is local\.echo from now on/);
    await terminal.shows(prompt);
    terminal.type("not this\\\r");
    await terminal.shows(/\.\.\. (␛\[5G)?$/);
    terminal.type(`nor this${ctrlC}`);
    await terminal.shows(prompt);
    terminal.type("this\\\r");
    await terminal.shows(/\.\.\. (␛\[5G)?$/);
    terminal.type("and that\r");
    expect(await terminal.shows(/end_turn/)).toMatch(/this\nand that/);
    await terminal.shows(prompt);
    terminal.type('"""\r');
    await terminal.shows(/\.\.\. (␛\[5G)?$/);
    terminal.type(ctrlD);
    await terminal.shows(/Cannot send the last lines: the input ends within a block/);
    expect(await terminal.exit).toBe(2);
  });

  test("chat lists its commands with /help, and rejects unknown commands", async () => {
    const terminal = local.open("chat");
    await terminal.shows(prompt);
    terminal.type("/help\r");
    await terminal.shows(/\/model .*\/reset .*\/help .*Ctrl-C .*Ctrl-D /s);
    for (const line of ["/leave", "/Model local.echo"]) {
      terminal.type(`${line}\r`);
      await terminal.shows(
        /Cannot run the command \/(leave|Model): there is no such command; see \/help, or double the slash/,
      );
      await terminal.shows(prompt);
    }
  });
});
