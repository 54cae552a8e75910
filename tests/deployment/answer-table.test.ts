// Tests the answer store that the parameter answerRetentionMinutes adds to the template: table, permissions, variables and alarm.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, test } from "vitest";
import { builtOnce } from "../support/builds/built-once.ts";
import { metricIds } from "../support/deployment/alarm-metrics.ts";
import type { Packaging } from "../support/deployment/packaged-service.ts";
import { withAppSync, withEveryPart } from "../support/deployment/packagings.ts";
import { callerStatements, statementsOf } from "../support/deployment/statements.ts";
import {
  environmentOf,
  ofType,
  packagedTemplate,
  propertiesOf,
  roleStatements,
  type Statement,
  type Template,
} from "../support/deployment/template.ts";

/** The template with all three functions: behind the Function URL, the WebSocket API and the GraphQL API. */
let template: Template;
/** The template with only the function behind the Function URL. */
let alone: Template;
beforeAll(async () => {
  [template, alone] = await Promise.all([packagedTemplate(withAppSync), packagedTemplate(withEveryPart)]);
});

const ofTable = ({ Action }: Statement) => JSON.stringify(Action).includes("dynamodb");

describe("the answer table", () => {
  test("the answer table has the keys answer and part, is billed by request, and deletes items at their expiresAt", () => {
    expect(ofType(template, "AWS::DynamoDB::Table")).toEqual([
      [
        "AnswerTable",
        {
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [
            { AttributeName: "answer", AttributeType: "S" },
            { AttributeName: "part", AttributeType: "S" },
          ],
          KeySchema: [
            { AttributeName: "answer", KeyType: "HASH" },
            { AttributeName: "part", KeyType: "RANGE" },
          ],
          TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        },
      ],
    ]);
  });

  test("the answer table is deleted with the stack, and when the parameter is set back to none", () => {
    const { DeletionPolicy, UpdateReplacePolicy } = template.Resources["AnswerTable"]!;
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
    });
  });

  test("the answer table is the same if only the function behind the URL uses it", () => {
    expect(alone.Resources["AnswerTable"]).toEqual(template.Resources["AnswerTable"]);
  });
});

describe("the functions", () => {
  const actions = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:Query"];
  const table = { "Fn::GetAtt": ["AnswerTable", "Arn"] };

  test("each function is allowed four actions on the answer table, and nothing else in DynamoDB", () => {
    const roles = [
      roleStatements(template),
      roleStatements(alone),
      statementsOf(template, "WebSocketRole"),
      statementsOf(template, "AppSyncRole"),
    ];
    for (const statements of roles) {
      expect(statements.filter(ofTable)).toEqual([{ Effect: "Allow", Action: actions, Resource: [table] }]);
    }
  });

  test("each function gets the table's name and the minutes for which answers are kept", () => {
    const expected = {
      DELTAPIPE_ANSWER_RETENTION_MINUTES: "1440",
      DELTAPIPE_ANSWER_TABLE: { Ref: "AnswerTable" },
    };
    expect(environmentOf(template)).toMatchObject(expected);
    for (const name of ["WebSocketLambdaFunction", "AppSyncLambdaFunction"]) {
      const { Variables } = propertiesOf(template, name)["Environment"] as { Variables: object };
      expect(Variables).toMatchObject(expected);
    }
    expect(environmentOf(alone)).toMatchObject({ ...expected, DELTAPIPE_ANSWER_RETENTION_MINUTES: "60" });
  });
});

test("callers get no permission for the answer table", () => {
  expect(callerStatements(template).filter(ofTable)).toEqual([]);
  expect(JSON.stringify(ofType(template, "AWS::Lambda::Permission"))).not.toContain("AnswerTable");
});

describe("the operator of a service that keeps answers", () => {
  test("the operator gets an alarm if ten answers in five minutes could not be kept or resumed", () => {
    expect(propertiesOf(template, "AnswerStoreAlarm")).toMatchObject({
      Namespace: { "Fn::Sub": "Deltapipe/${AWS::StackName}" },
      MetricName: "AnswerStoreFailures",
      Statistic: "Sum",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 10,
      TreatMissingData: "notBreaching",
    });
  });

  test("the ErrorAlarm counts requests, not invocations, because a resumed answer takes several invocations", () => {
    const { used, defined } = metricIds(alone, "ErrorAlarm");
    expect(used).toEqual(["crashes", "failures", "requests"]);
    expect(used).toEqual(defined);
  });

  test("the dashboard shows failures, throttling, request units and latency of the table", () => {
    const body = JSON.stringify(propertiesOf(alone, "Dashboard")["DashboardBody"]);
    expect(body).toContain(`\\"Deltapipe/\${AWS::StackName}\\",\\"AnswerStoreFailures\\"`);
    for (const name of [
      "WriteThrottleEvents",
      "ReadThrottleEvents",
      "ConsumedWriteCapacityUnits",
      "ConsumedReadCapacityUnits",
      "SuccessfulRequestLatency",
    ]) {
      expect(body).toContain(`\\"AWS/DynamoDB\\",\\"${name}\\",\\"TableName\\",\\"\${AnswerTable}\\"`);
    }
  });
});

describe("the archive of the function behind the URL", () => {
  /** Resolves with those of the texts that are in the bundle of a packaging. */
  async function found(texts: string[], packaging: Packaging = {}): Promise<string[]> {
    const folder = await builtOnce("packaging", packaging);
    const files = unzipSync(await readFile(join(folder, "converse.zip")));
    const bundle = Buffer.concat(Object.values(files)).toString();
    expect(bundle).toMatch(/DELTAPIPE_MAX_TOKENS/);
    return texts.filter((text) => bundle.includes(text));
  }
  const ofStore = ["DELTAPIPE_ANSWER_TABLE", "DynamoDB_20120810", "gunzip", "TakenForDead"];

  test("the archive has the code of the answer store if the service keeps answers", async () => {
    expect(await found(ofStore, withEveryPart)).toEqual(ofStore);
  });

  test("the archive has no code of the answer store if the service keeps no answers", async () => {
    expect(await found(ofStore)).toEqual([]);
  });
});
