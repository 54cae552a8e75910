// Parameters that are wrong: refused before anything is made, each by its name.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaults, problemsOf } from "../support/deployment/deployment-parameters.ts";
import { openService, type PackagedService } from "../support/deployment/packaged-service.ts";

let service: PackagedService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.remove());

describe("refused at package time, by name", () => {
  test("all at once, and each once", async () => {
    const failure = service.template([
      "models=nova",
      "memorySize=64",
      "retention=7",
      "guardrail=abc",
      "callers=*",
    ]);
    const { stdout, stderr } = await failure.then(
      () => ({ stdout: "", stderr: "" }),
      (error: { stdout: string; stderr: string }) => error,
    );
    // Sentences, and nothing of the framework's around them.
    expect(stdout.trim()).toBe("");
    const sentences = stderr.trim().split("\n");
    for (const sentence of sentences) expect(sentence).toMatch(/^Parameter "/);
    for (const name of ["models", "memorySize", "retention", "guardrail", "callers"]) {
      expect(sentences.filter((sentence) => sentence.includes(`Parameter "${name}"`))).toHaveLength(1);
    }
  });

  test.each([
    ["memorySize=127", /expected a whole number from 128 to 10240, found "127"/],
    ["memorySize=1e3", /expected a whole number/],
    ["timeout=901", /from 30 to 900/],
    ["reservedConcurrency=-1", /from 0 to/],
    ["logRetentionDays=31", /expected one of 1, 3, 5/],
    ["xray=yes", /expected one of true, false, found "yes"/],
    ["maxTokens=0", /expected a whole number above 0/],
    ["defaultMaxTokens=9000", /is more than Parameter "maxTokens"/],
    ["maxRequestBytes=6MB", /expected a whole number/],
    ["guardrail=abc123", /expected <guardrail id or ARN>:<version>/],
    [
      "guardrail=arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123",
      /expected <guardrail id or ARN>:<version>/,
    ],
    ["guardrail=arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc123:1", /is in eu-west-1/],
    ["guardrail=Not an id:1", /expected <guardrail id or ARN>:<version>/],
    ["allow=everything", /expected some of serviceTier, performanceConfig, speed, inference_geo/],
    ["maxValues=0", /expected a whole number above 0/],
    ["unguardedContent=yes", /expected one of allow, refuse, found "yes"/],
    ["unguardedContent=refuse", /needs Parameter "guardrail"/],
    ["pingSeconds=soon", /expected seconds above 0/],
    ["stallSeconds=0", /expected seconds above 0/],
    ["callers=*", /found "\*"/],
    ["callers=12345678901", /found "12345678901"/],
    [
      "callers=123456789012 arn:aws:iam::123456789012:user/someone",
      /found "arn:aws:iam::123456789012:user\/someone"/,
    ],
    ["callers=arn:aws:iam::123456789012:role/*", /found "arn/],
    ["corsOrigins=*", /found "\*"/],
    ["corsOrigins=http://app.example.com", /found "http:/],
    ["corsOrigins=https://*.example.com", /found "https:/],
    ["corsOrigins=https://app.example.com/", /found "https:/],
    ["alarmTopic=alarms", /expected the ARN of an SNS topic/],
    ["alarmErrorPercent=0", /from 1 to 100/],
    ["alarmFirstDeltaMs=10s", /expected a whole number/],
    ["memorysize=256", /serverless\.yml documents no such parameter/],
  ])("%s", async (pair, reason) => {
    const problems = await problemsOf({ parameters: [pair] });
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]).toContain(`Parameter "${pair.split("=")[0]}": `);
  });

  test("a stage's parameter that is not documented", async () => {
    const problems = await problemsOf({ stages: { prod: { memorySize: 512, retentionDays: 90 } } });
    expect(problems).toEqual([expect.stringContaining(`Parameter "retentionDays"`)]);
  });
});

describe("accepted", () => {
  test.each(Object.keys(defaults))("%s at its default", async (name) => {
    expect(await problemsOf({ parameters: [`${name}=${String(defaults[name])}`] })).toEqual([]);
  });

  test.each([
    "reservedConcurrency=0",
    "guardrail=arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123:DRAFT",
    "allow=serviceTier,performanceConfig",
    "allow=anthropic_beta, serverTools",
    "callers=arn:aws-us-gov:iam::123456789012:role/path/Name+=.@-_",
    "corsOrigins=https://app.example.com:8443",
  ])("%s", async (pair) => {
    expect(await problemsOf({ parameters: [pair] })).toEqual([]);
  });
});
