// Every parameter in both its states: left at its default it adds nothing, and given it does what it says.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfiguration } from "../lib/stream/configuration.ts";
import {
  bedrockStatements,
  environmentOf,
  functionOf,
  hasLinter,
  ofType,
  openService,
  propertiesOf,
  roleStatements,
  type PackagedService,
  type Template,
} from "./support/packaged-service.ts";

const secrets = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG" };
const topic = "arn:aws:sns:eu-west-1:123456789012:alarms";

let service: PackagedService;
let template: Template;
let plain: Template;

beforeAll(async () => {
  service = await openService(secrets);
  plain = await service.template();
  template = await service.template(
    [
      "memorySize=512",
      "timeout=120",
      "reservedConcurrency=5",
      "logRetentionDays=7",
      "xray=true",
      "maxTokens=2000",
      "defaultMaxTokens=500",
      "maxRequestBytes=100000",
      "guardrail=abc123:4",
      "allow=serviceTier",
      "connectSeconds=4",
      "firstByteSeconds=60",
      "stallSeconds=61",
      "pingSeconds=5",
      "callerStallSeconds=30",
      "deadlineMarginSeconds=1.5",
      `alarmTopic=${topic}`,
      "alarmErrorPercent=1",
      "alarmThrottles=2",
      "alarmFirstDeltaMs=3000",
      "alarmOutputTokens=none",
    ],
    ["--region", "eu-west-1"],
  );
});
afterAll(() => service.remove());

test("the function gets its size, its time, its cap and its traces", () => {
  expect(functionOf(template)).toMatchObject({
    MemorySize: 512,
    Timeout: 120,
    ReservedConcurrentExecutions: 5,
    TracingConfig: { Mode: "Active" },
  });
  expect(propertiesOf(template, "ConverseLogGroup")).toMatchObject({ RetentionInDays: 7 });
});

test("traces bring the only permission that has no resource, and only when asked for", () => {
  const everywhere = (from: Template) =>
    roleStatements(from).filter(({ Resource }) => [Resource].flat().includes("*"));
  expect(everywhere(plain)).toEqual([]);
  expect(everywhere(template)).toEqual([
    expect.objectContaining({ Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"] }),
  ]);
});

test("the function's own settings reach it under its own names", () => {
  expect(readConfiguration(environmentOf(template))).toMatchObject({
    maxTokens: 2000,
    defaultMaxTokens: 500,
    maxRequestBytes: 100_000,
    guardrail: { guardrailIdentifier: "abc123", guardrailVersion: "4" },
    allowed: new Set(["serviceTier"]),
    times: {
      connect: 4000,
      firstByte: 60_000,
      stall: 61_000,
      ping: 5000,
      callerStall: 30_000,
      deadlineMargin: 1500,
    },
  });
});

test("a guardrail brings its permission, for it alone", () => {
  const arn = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/abc123";
  expect(bedrockStatements(template).at(-1)).toEqual({
    Effect: "Allow",
    Action: ["bedrock:ApplyGuardrail"],
    Resource: [{ "Fn::Sub": arn }],
  });
  expect(JSON.stringify(bedrockStatements(plain))).not.toContain("Guardrail");
});

test("alarms take their thresholds and tell the topic; one that is set to none is left out", () => {
  const alarms = (from: Template) =>
    ofType(from, "AWS::CloudWatch::Alarm").map(([name, { Threshold, AlarmActions, OKActions }]) => [
      name,
      Threshold,
      AlarmActions,
      OKActions,
    ]);
  expect(alarms(plain)).toEqual([
    ["ErrorAlarm", 5, undefined, undefined],
    ["ThrottleAlarm", 10, undefined, undefined],
    ["FirstDeltaAlarm", 10_000, undefined, undefined],
    ["OutputTokenAlarm", 1_000_000, undefined, undefined],
  ]);
  expect(alarms(template)).toEqual([
    ["ErrorAlarm", 1, [topic], [topic]],
    ["ThrottleAlarm", 2, [topic], [topic]],
    ["FirstDeltaAlarm", 3000, [topic], [topic]],
  ]);
});

test("the credentials of whoever packages are in nothing that is packaged", async () => {
  for (const file of ["cloudformation-template-update-stack.json", "serverless-state.json"]) {
    const text = await readFile(join(service.folder, ".serverless", file), "utf8");
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  }
});

test.skipIf(!hasLinter)("cfn-lint finds nothing with every part in", async () => {
  expect(await service.lint()).toBe("");
});
