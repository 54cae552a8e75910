// Tests the effect of each parameter on the template, in comparison with the template that has all defaults.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { builtOnce } from "../support/builds/built-once.ts";
import { environmentFor, statementsFor } from "../support/deployment/deployment-parameters.ts";
import type { Packaging } from "../support/deployment/packaged-service.ts";
import { alarmTopic, secrets, withEveryPart } from "../support/deployment/packagings.ts";
import {
  bedrockStatements,
  environmentOf,
  functionOf,
  ofType,
  packagedTemplate,
  propertiesOf,
  roleStatements,
  type Statement,
  type Template,
} from "../support/deployment/template.ts";

const guardrailArn = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/abc123";

let template: Template;
let plain: Template;

beforeAll(async () => {
  plain = await packagedTemplate();
  template = await packagedTemplate(withEveryPart);
});

test("the parameters set the function's memory size, timeout, concurrency and tracing, and how long its log is kept", () => {
  expect(functionOf(template)).toMatchObject({
    MemorySize: 512,
    Timeout: 120,
    ReservedConcurrentExecutions: 5,
    TracingConfig: { Mode: "Active" },
  });
  expect(propertiesOf(template, "ConverseLogGroup")).toMatchObject({ RetentionInDays: 7 });
});

describe("the statements and variables that tests compute without osls", () => {
  test.each([
    ["default parameters", {}],
    ["every part", withEveryPart],
  ])(
    "the computed statements and variables equal those of the packaged template with %s",
    async (_, packaging: Packaging) => {
      const { parameters = [], args: [, region] = [] } = packaging;
      const given = { parameters, ...(region !== undefined && { region }) };
      const packaged = await packagedTemplate(packaging);
      // osls writes a list of one resource as the resource itself.
      const statements = roleStatements(packaged)
        .filter(isComputed)
        .map((each) => ({
          ...each,
          Resource: [each.Resource].flat(),
        }));
      expect(statements.length).toBeGreaterThan(2);
      expect(statements).toEqual(await statementsFor(given));
      expect(environmentOf(packaged)).toEqual(await environmentFor(given));
    },
  );
});

/** Whether `statementsFor` computes a statement. osls itself adds the statements for the log and for traces. */
function isComputed({ Action }: Statement): boolean {
  return Action.every((action) => !/^(logs|xray):/.test(action));
}

test('xray adds the permission to write traces, and no other permission has the resource "*"', () => {
  const everywhere = (from: Template) =>
    roleStatements(from).filter(({ Resource }) => [Resource].flat().includes("*"));
  expect(everywhere(plain)).toEqual([]);
  expect(everywhere(template)).toEqual([
    expect.objectContaining({ Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"] }),
  ]);
});

test("the function's settings become its variables", () => {
  const { DELTAPIPE_GUARDRAIL, DELTAPIPE_ANSWER_TABLE: _, ...variables } = environmentOf(template);
  // The variable contains the guardrail's ARN, like the statements of the role.
  expect(DELTAPIPE_GUARDRAIL).toEqual({ "Fn::Sub": `${guardrailArn}:4` });
  const guardrail = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc123";
  expect(readConfiguration({ ...variables, DELTAPIPE_GUARDRAIL: `${guardrail}:4` })).toMatchObject({
    maxTokens: 2000,
    defaultMaxTokens: 500,
    maxRequestBytes: 100_000,
    limits: { values: 50_000 },
    guardrail: { guardrailIdentifier: guardrail, guardrailVersion: "4" },
    unguardedContent: "refuse",
    allowed: new Set(["serviceTier", "systemTool"]),
    answerRetention: 3_600_000,
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

const isModelCall = ({ Action }: { Action: string[] }) =>
  [Action].flat().includes("bedrock:InvokeModelWithResponseStream");

test("the parameter guardrail adds the permission to apply that guardrail and no other", () => {
  expect(bedrockStatements(template).at(-1)).toEqual({
    Effect: "Allow",
    Action: ["bedrock:ApplyGuardrail"],
    Resource: [{ "Fn::Sub": guardrailArn }],
  });
  expect(JSON.stringify(bedrockStatements(plain))).not.toContain("Guardrail");
});

test("the parameter guardrail makes that guardrail and version a condition of every call to a model", () => {
  const calls = bedrockStatements(template).filter(isModelCall);
  expect(calls.length).toBeGreaterThan(2);
  for (const { Condition } of calls) {
    expect(Condition).toMatchObject({
      StringEquals: { "bedrock:GuardrailIdentifier": { "Fn::Sub": `${guardrailArn}:4` } },
    });
  }
  const behindProfiles = (from: Template) =>
    JSON.stringify(from).split(`"bedrock:InferenceProfileArn"`).length;
  expect(behindProfiles(template)).toBe(behindProfiles(plain));
  expect(behindProfiles(plain)).toBeGreaterThan(1);
});

test("allow=systemTool adds the permission for Amazon Nova's built-in tools", () => {
  const tool = (name: string) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:bedrock::\${AWS::AccountId}:system-tool/amazon.${name}`,
  });
  expect(bedrockStatements(template)).toContainEqual({
    Effect: "Allow",
    Action: ["bedrock:InvokeTool"],
    Resource: [tool("nova_grounding"), tool("nova_code_interpreter")],
  });
  expect(JSON.stringify(bedrockStatements(plain))).not.toContain("InvokeTool");
});

test('alarms get their thresholds and the topic, and an alarm whose threshold is "none" is left out', () => {
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
    ["ErrorAlarm", 1, [alarmTopic], [alarmTopic]],
    ["ThrottleAlarm", 2, [alarmTopic], [alarmTopic]],
    ["FirstDeltaAlarm", 3000, [alarmTopic], [alarmTopic]],
    ["AnswerStoreAlarm", 4, [alarmTopic], [alarmTopic]],
  ]);
});

test("no packaged file contains credentials from the environment", async () => {
  const folder = await builtOnce("packaging", withEveryPart);
  for (const file of ["cloudformation-template-update-stack.json", "serverless-state.json"]) {
    const text = await readFile(join(folder, file), "utf8");
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  }
});
