// Tests the settings: their defaults, and the error, which has a line for each wrong variable.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { parseModels } from "../../../lib/stream/settings/models.ts";

const models = { DELTAPIPE_MODELS: "a=vendor.a-v1:0" };

describe("the configuration", () => {
  test("only the models have no default", () => {
    expect(readConfiguration({ ...models, PATH: "/bin" })).toMatchObject({
      models: [{ name: "a", id: "vendor.a-v1:0" }],
      maxTokens: 8192,
      defaultMaxTokens: 1024,
      maxRequestBytes: 6_291_456,
      limits: {
        depth: 64,
        values: 100_000,
        messages: 1000,
        tools: 128,
        images: 20,
        imageBytes: 3_932_160,
        documents: 5,
        documentBytes: 4_718_592,
      },
      times: { connect: 3000, firstByte: 180_000, stall: 180_000, ping: 10_000, deadlineMargin: 2000 },
    });
  });

  test("seconds may have a fraction, and white space around a value is ignored", () => {
    expect(readConfiguration({ ...models, DELTAPIPE_PING_SECONDS: " 0.25 " }).times.ping).toBe(250);
  });

  test("answers are kept for a number of minutes, and not at all by default", () => {
    const retentionOf = (minutes: string) =>
      readConfiguration({ ...models, DELTAPIPE_ANSWER_RETENTION_MINUTES: minutes }).answerRetention;
    expect(["", "5", "10080"].map(retentionOf)).toEqual([undefined, 300_000, 604_800_000]);
  });

  test.each([
    ["DELTAPIPE_MODELS", ""],
    ["DELTAPIPE_MAX_TOKENS", "many"],
    ["DELTAPIPE_MAX_TOKENS", "0"],
    ["DELTAPIPE_DEFAULT_MAX_TOKENS", "9000"],
    ["DELTAPIPE_PING_SECONDS", "-1"],
    ["DELTAPIPE_STALL_SECONDS", "0"],
    ["DELTAPIPE_STALL_SECONDS", "1e9"],
    ["DELTAPIPE_GUARDRAIL", "no-version"],
    ["DELTAPIPE_ALLOW", "everything"],
    ["DELTAPIPE_ALLOW", "serviceTier,s3Location"],
    ["DELTAPIPE_MAX_DEPTH", "1001"],
    ["DELTAPIPE_MAX_VALUES", "1e5"],
    ["DELTAPIPE_UNGUARDED_CONTENT", "deny"],
    ["DELTAPIPE_UNGUARDED_CONTENT", "refuse"],
    ["DELTAPIPE_MAX_IMAGES", "0"],
    ["DELTAPIPE_MAX_DOCUMENT_BYTES", "4.5"],
    ["DELTAPIPE_ANSWER_RETENTION_MINUTES", "4"],
    ["DELTAPIPE_ANSWER_RETENTION_MINUTES", "10081"],
    ["DELTAPIPE_ANSWER_RETENTION_MINUTES", "1h"],
    ["DELTAPIPE_ANSWER_RETENTION_MINUTES", "7.5"],
    ["DELTAPIPE_STAL_SECONDS", "5"],
  ])("the error names the variable: %s=%s", (name, value) => {
    expect(() => readConfiguration({ ...models, [name]: value })).toThrow(name);
  });

  test("the error has a line for each wrong variable", () => {
    expect(() => readConfiguration({ DELTAPIPE_MAX_TOKENS: "x", DELTAPIPE_PING_SECONDS: "y" })).toThrow(
      /^Cannot start: DELTAPIPE_MODELS .*\nCannot start: DELTAPIPE_MAX_TOKENS .*\nCannot start: DELTAPIPE_PING_SECONDS .*$/,
    );
  });
});

describe("the list of models", () => {
  test("the list of models may contain models, inference profiles and application inference profiles", () => {
    const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123";
    expect(parseModels(`a=vendor.a-v1:0, b=eu.vendor.b-v1:0\n c=${arn};model=vendor.c-v1:0`)).toEqual([
      { name: "a", id: "vendor.a-v1:0" },
      { name: "b", id: "eu.vendor.b-v1:0" },
      { name: "c", id: arn, foundationModel: "vendor.c-v1:0" },
    ]);
  });

  test.each([
    ["an empty list", " ,, ", /^is empty; list at least one model/],
    ["a pair without =", "vendor.a-v1:0", /write each model as name=modelId/],
    ["a name without a model", "a=", /write each model as name=modelId/],
    ["a name used twice", "a=x,a=y", /"a" twice/],
    [
      "an application profile without its model",
      "a=arn:aws:bedrock:r:1:application-inference-profile/x",
      /add the foundation model.*;model=/,
    ],
    ["a plain model with ;model=", "a=vendor.a;model=vendor.b", /remove ;model=/],
  ])("%s is rejected", (_, text, message) => {
    expect(() => parseModels(text)).toThrow(message);
  });
});
