// Tests that each wrong parameter is rejected before anything is packaged, with one sentence that names the parameter.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { defaults, problemsOf } from "../support/deployment/deployment-parameters.ts";
import { openService, type PackagedService } from "../support/deployment/packaged-service.ts";

let service: PackagedService;
beforeAll(async () => {
  service = await openService(inject("builds"));
});
afterAll(() => service.remove());

describe("rejected parameters", () => {
  test("osls prints one sentence for each wrong parameter and nothing else", async () => {
    const failure = service.package({
      parameters: ["models=nova", "memorySize=64", "retention=7", "guardrail=abc", "callers=*"],
    });
    const { stdout, stderr } = await failure.then(
      () => ({ stdout: "", stderr: "" }),
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(stdout.trim()).toBe("");
    const sentences = stderr.trim().split("\n");
    for (const sentence of sentences) expect(sentence).toMatch(/^Cannot package: parameter "/);
    for (const name of ["models", "memorySize", "retention", "guardrail", "callers"]) {
      expect(sentences.filter((sentence) => sentence.includes(`parameter "${name}"`))).toHaveLength(1);
    }
  });

  test.each([
    ["memorySize=127", /is "127"; set it to a whole number from 128 to 10240$/],
    ["memorySize=1e3", /set it to a whole number/],
    ["timeout=901", /from 30 to 900/],
    ["reservedConcurrency=-1", /from 0 to/],
    ["logRetentionDays=31", /set it to one of 1, 3, 5/],
    ["xray=yes", /is "yes"; set it to one of true, false$/],
    ["bedrockClient=foo", /is "foo"; set it to one of built-in, sdk$/],
    ["bedrockClient=SDK", /set it to one of built-in, sdk$/],
    ["maxTokens=0", /is "0"; set it to a whole number from 1/],
    ["defaultMaxTokens=9000", /is 9000; set it to at most 8192, or raise parameter "maxTokens"$/],
    ["maxRequestBytes=6MB", /set it to a whole number/],
    ["guardrail=abc123", /set it to <guardrail id or ARN>:<version>$/],
    [
      "guardrail=arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123",
      /set it to <guardrail id or ARN>:<version>$/,
    ],
    [
      "guardrail=arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc123:1",
      /is in eu-west-1; use a guardrail in us-east-1/,
    ],
    ["guardrail=Not an id:1", /set it to <guardrail id or ARN>:<version>$/],
    [
      "allow=everything",
      /contains "everything"; choose from serviceTier, performanceConfig, guardrailConfig, speed, inference_geo/,
    ],
    ["maxValues=0", /is "0"; set it to a whole number from 1/],
    ["unguardedContent=yes", /is "yes"; set it to one of allow, refuse$/],
    ["unguardedContent=refuse", /is "refuse" without a guardrail; set parameter "guardrail" as well$/],
    ["answerRetentionMinutes=4", /is "4"; set it to a whole number of minutes from 5 to 10080$/],
    ["answerRetentionMinutes=10081", /is "10081"; set it to a whole number of minutes from 5 to 10080$/],
    ["answerRetentionMinutes=1h", /is "1h"; set it to a whole number of minutes/],
    ["answerRetentionMinutes=None", /is "None"; set it to a whole number of minutes/],
    ["answerRetentionMinutes=true", /is "true"; set it to a whole number of minutes/],
    ["answerRetention=60", /is not under params\.default in serverless\.yml; correct its name or remove it$/],
    ["pingSeconds=soon", /is "soon"; set it to a number of seconds above 0/],
    ["stallSeconds=0", /is "0"; set it to a number of seconds above 0/],
    ["callers=*", /contains "\*"; list /],
    ["callers=12345678901", /contains "12345678901"; list 12-digit account ids/],
    [
      "callers=123456789012 arn:aws:iam::123456789012:user/someone",
      /contains "arn:aws:iam::123456789012:user\/someone"/,
    ],
    ["callers=arn:aws:iam::123456789012:role/*", /contains "arn/],
    ["identityProviders=eu-west-1_AbCdEf123", /contains "eu-west-1_AbCdEf123"; list user pools with an app/],
    ["identityProviders=*", /contains "\*"; list user pools/],
    ["identityProviders=AbCdEf123:1h57kf5cpq17m0eml1", /list user pools/],
    ["identityProviders=graph.facebook.com", /list user pools/],
    ["identityProviders=arn:aws:iam::123456789012:role/someone", /contains "arn/],
    ["corsOrigins=*", /contains "\*"; list /],
    ["corsOrigins=http://app.example.com", /contains "http:/],
    ["corsOrigins=https://*.example.com", /contains "https:/],
    ["corsOrigins=https://app.example.com/", /contains "https:/],
    ["corsOrigins=https://app.example.com:443", /contains "https:/],
    ["corsOrigins=https://App.example.com", /contains "https:/],
    ["corsOrigins=http://localhost:65536", /contains "http:/],
    ["corsOrigins=http://127.0.0.2:3000", /contains "http:/],
    ["corsOrigins=http://localhost.example.com:3000", /contains "http:/],
    ["alarmTopic=alarms", /is "alarms"; set it to the ARN of an SNS topic/],
    ["alarmErrorPercent=0", /from 1 to 100/],
    ["alarmFirstDeltaMs=10s", /set it to a whole number/],
    ["alarmAnswerStore=0", /from 1 to 1000000000/],
    ["memorysize=256", /is not under params\.default in serverless\.yml; correct its name or remove it$/],
  ])("%s is rejected", async (pair, reason) => {
    const problems = await problemsOf({ parameters: [pair] });
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]).toContain(`Cannot package: parameter "${pair.split("=")[0]}" `);
  });

  test("an unknown parameter of a stage is rejected", async () => {
    const problems = await problemsOf({ stages: { prod: { memorySize: 512, retentionDays: 90 } } });
    expect(problems).toEqual([expect.stringContaining(`parameter "retentionDays"`)]);
  });

  test("a parameter that serverless.yml lists but nothing reads is rejected", async () => {
    const problems = await problemsOf({ added: { maxWords: 5 } });
    expect(problems).toEqual([expect.stringContaining(`parameter "maxWords" has no effect`)]);
  });

  test("a line break in a value is written as \\n, so that the error stays on one line", async () => {
    const problems = await problemsOf({ parameters: ["maxTokens=1\n2"] });
    expect(problems).toEqual([
      `Cannot package: parameter "maxTokens" is "1\\n2"; set it to a whole number from 1 to 999999999`,
    ]);
  });
});

describe("accepted parameters", () => {
  test.each(Object.keys(defaults))("%s is accepted at its default", async (name) => {
    expect(await problemsOf({ parameters: [`${name}=${String(defaults[name])}`] })).toEqual([]);
  });

  test.each([
    "reservedConcurrency=0",
    "bedrockClient=sdk",
    "guardrail=arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123:DRAFT",
    "answerRetentionMinutes=5",
    "answerRetentionMinutes=10080",
    "allow=serviceTier,performanceConfig",
    "allow=anthropic_beta, serverTools",
    "callers=arn:aws-us-gov:iam::123456789012:role/path/Name+=.@-_",
    "corsOrigins=https://app.example.com:8443",
    "corsOrigins=http://127.0.0.1:5173 http://localhost",
    "identityProviders=us-east-1_AbCdEf123:1h57kf5cpq17m0eml1,arn:aws:iam::123456789012:oidc-provider/a.example/x",
  ])("%s is accepted", async (pair) => {
    expect(await problemsOf({ parameters: [pair] })).toEqual([]);
  });
});
