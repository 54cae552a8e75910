// Tests the local Bedrock's scripted guardrail with AWS's SDK.
import {
  ApplyGuardrailCommand,
  type ApplyGuardrailCommandInput,
  type BedrockRuntimeClient,
  type GuardrailContentBlock,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { createSdkClient, transports } from "../../support/callers/sdk-conversation.ts";
import { scaled, waitFor } from "../../support/deadline.ts";

const texts = (...all: string[]): GuardrailContentBlock[] => all.map((text) => ({ text: { text } }));
const image = { image: { format: "png" as const, source: { bytes: Buffer.from("picture") } } };

let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock();
});
afterAll(() => waitFor("closing", bedrock.close()));

describe.each(transports)("over %s", (_, transport) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = createSdkClient(bedrock.url, transport());
  });
  afterAll(() => client.destroy());

  function apply(content: GuardrailContentBlock[], more: Partial<ApplyGuardrailCommandInput> = {}) {
    const input = {
      guardrailIdentifier: "gr1",
      guardrailVersion: "DRAFT",
      source: "INPUT",
      content,
      ...more,
    };
    return client.send(new ApplyGuardrailCommand(input as ApplyGuardrailCommandInput));
  }

  test("harmless texts pass, and all their characters are counted", async () => {
    const { action, outputs, assessments, usage, guardrailCoverage } = await apply(
      texts("x".repeat(999), "yz"),
    );
    expect({ action, outputs }).toEqual({ action: "NONE", outputs: [] });
    expect(usage).toMatchObject({
      wordPolicyUnits: 2,
      sensitiveInformationPolicyUnits: 2,
      topicPolicyUnits: 0,
    });
    expect(guardrailCoverage).toEqual({ textCharacters: { guarded: 1001, total: 1001 } });
    expect(assessments).toEqual([
      { invocationMetrics: { guardrailProcessingLatency: expect.any(Number), usage, guardrailCoverage } },
    ]);
  });

  test('the word "forbidden" is blocked, and the output is a message in place of the texts', async () => {
    const { action, actionReason, outputs, assessments } = await apply(
      texts("A story", "of a Forbidden city"),
    );
    expect(action).toBe("GUARDRAIL_INTERVENED");
    expect(actionReason).toBe("Guardrail blocked.");
    expect(outputs).toEqual([{ text: "Sorry, the model cannot answer this question." }]);
    expect(assessments?.[0]?.wordPolicy).toEqual({
      customWords: [{ match: "Forbidden", action: "BLOCKED", detected: true }],
      managedWordLists: [],
    });
  });

  test('a longer word that contains "forbidden" is not blocked', async () => {
    expect((await apply(texts("unforbiddenly"))).action).toBe("NONE");
  });

  test("e-mail addresses are masked in each text", async () => {
    const content = texts(
      "Write to ida@example.com or bo+x@mail.example.org.",
      "No address",
      "ida@example.com",
    );
    const { action, actionReason, outputs, assessments } = await apply(content, { source: "OUTPUT" });
    expect(action).toBe("GUARDRAIL_INTERVENED");
    expect(actionReason).toBe("Guardrail masked.");
    expect(outputs?.map(({ text }) => text)).toEqual([
      "Write to {EMAIL} or {EMAIL}.",
      "No address",
      "{EMAIL}",
    ]);
    expect(assessments?.[0]?.sensitiveInformationPolicy?.piiEntities).toEqual(
      ["ida@example.com", "bo+x@mail.example.org"].map((match) => ({
        type: "EMAIL",
        match,
        action: "ANONYMIZED",
        detected: true,
      })),
    );
  });

  test("a megabyte without an address is searched quickly", async () => {
    const startedAt = performance.now();
    expect((await apply(texts("x".repeat(1_000_000)))).action).toBe("NONE");
    expect(performance.now() - startedAt).toBeLessThan(scaled(5000));
  });

  test("a text with a blocked word and an address is blocked, and both are reported", async () => {
    const { outputs, assessments } = await apply(texts("forbidden: ida@example.com"));
    expect(outputs).toHaveLength(1);
    expect(assessments?.[0]).toMatchObject({
      wordPolicy: { customWords: [{ match: "forbidden" }] },
      sensitiveInformationPolicy: { piiEntities: [{ match: "ida@example.com" }] },
    });
    expect(outputs?.[0]?.text).toMatch(/^Sorry/);
  });

  test("an image is counted as not guarded", async () => {
    const { action, guardrailCoverage } = await apply([image, ...texts("x")]);
    expect(action).toBe("NONE");
    expect(guardrailCoverage?.images).toEqual({ guarded: 0, total: 1 });
  });

  test("an ARN is accepted as a guardrail's id", async () => {
    const guardrailIdentifier = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1";
    expect((await apply(texts("x"), { guardrailIdentifier, guardrailVersion: "3" })).action).toBe("NONE");
  });

  test.each<[what: string, content: unknown, more: object, message: RegExp]>([
    ["an id in capitals", texts("x"), { guardrailIdentifier: "GR" }, /'guardrailIdentifier' .* pattern/],
    ["the version 0", texts("x"), { guardrailVersion: "0" }, /'guardrailVersion' .* pattern/],
    ["an unknown source", texts("x"), { source: "BOTH" }, /'source' .* enum value set: \[INPUT, OUTPUT\]/],
    ["no source", texts("x"), { source: undefined }, /'source' .* not be null/],
    ["an unknown scope", texts("x"), { outputScope: "ALL" }, /'outputScope' .* \[INTERVENTIONS, FULL\]/],
    ["no content", undefined, {}, /'content' .* not be null/],
    ["empty content", [], {}, /'content' .* length greater than or equal to 1/],
    ["an empty block", [{}], {}, /GuardrailContentBlock object at content\.0 must set one/],
    [
      "a picture in a wrong format",
      [{ image: { ...image.image, format: "gif" } }],
      {},
      /'content\.1\.member\.image\.format'/,
    ],
  ])("ApplyGuardrail rejects %s", async (_, content, more, message) => {
    await expect(apply(content as GuardrailContentBlock[], more)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message),
    });
  });
});
