// Deploys, shows, redeploys and removes the service against moto, a local implementation of AWS's APIs.
//
// moto supports no Function URLs, alarms or metric filters, and it ignores the setting that makes a table's items expire. The
// tests of the template in tests/deployment/ cover all of these.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { waitFor } from "../support/deadline.ts";
import { openService, type PackagedService } from "../support/deployment/packaged-service.ts";
import { hasMoto, startMoto, type Moto } from "../support/servers/moto.ts";

let moto: Moto;
let service: PackagedService;
let variables: Record<string, string>;

/** Lambda's own API: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html and similar pages. */
async function lambda(path: string): Promise<Record<string, unknown>> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const signedFetch = createSignedFetch({ credentials, region: "us-east-1", service: "lambda" });
  const response = await signedFetch(new URL(`/2015-03-31/functions/${path}`, variables["AWS_ENDPOINT_URL"]));
  return (await response.json()) as Record<string, unknown>;
}

const run = promisify(execFile);

/** Writes an item to each table with boto3, to check the names of both keys. Resolves with boto3's descriptions of the tables. */
async function tables(): Promise<Record<string, unknown>[]> {
  const script = `
import boto3, json
client = boto3.client("dynamodb", region_name="us-east-1")
found = []
for name in client.list_tables()["TableNames"]:
    item = {"answer": {"S": "a"}, "part": {"S": "claim"}, "expiresAt": {"N": "1"}}
    client.put_item(TableName=name, Item=item, ConditionExpression="attribute_not_exists(part)")
    table = client.describe_table(TableName=name)["Table"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    found.append({
        "KeySchema": table["KeySchema"],
        "BillingMode": table["BillingModeSummary"]["BillingMode"],
        "Backups": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
    })
print(json.dumps(found))
`;
  const env = { PATH: process.env["PATH"], ...variables };
  const described = run("python3", ["-c", script], { env });
  const { stdout } = await waitFor("boto3's descriptions of the tables", described);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

async function outputOf(...args: string[]): Promise<string> {
  const { stdout, stderr } = await service.serverless(args, variables);
  return stdout + stderr;
}

describe.skipIf(!hasMoto)("against moto", () => {
  beforeAll(async () => {
    moto = await startMoto();
    variables = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      // The milliseconds between two checks of the deployment's progress. The default is five seconds.
      SLS_AWS_MONITORING_FREQUENCY: "200",
    };
    service = await openService(inject("builds"));
  });
  afterAll(async () => {
    moto.process.kill();
    await Promise.all([once(moto.process, "exit"), service.remove()]);
  });

  test("the service is deployed, shown, left unchanged, changed and removed", async () => {
    expect(await outputOf("deploy")).toMatch(/Service deployed to stack deltapipe-dev/);
    expect(await lambda("deltapipe-dev-converse/configuration")).toMatchObject({
      Runtime: "nodejs24.x",
      Handler: "handlers/function-url.handler",
      MemorySize: 256,
      Timeout: 900,
    });
    expect(await tables()).toEqual([]);
    expect(await outputOf("info")).toMatch(/stack: deltapipe-dev/);

    expect(await outputOf("deploy")).toMatch(/No changes to deploy/);
    const changes = ["memorySize=512", "callers=210987654321", "answerRetentionMinutes=60"];
    const parameters = changes.flatMap((change) => ["--param", change]);
    expect(await outputOf("deploy", ...parameters)).toMatch(/Service deployed/);
    expect(await lambda("deltapipe-dev-converse/configuration")).toMatchObject({
      MemorySize: 512,
      Environment: {
        Variables: {
          DELTAPIPE_ANSWER_RETENTION_MINUTES: "60",
          DELTAPIPE_ANSWER_TABLE: expect.stringMatching(/^deltapipe-dev-AnswerTable-/),
        },
      },
    });
    expect(await tables()).toEqual([
      {
        KeySchema: [
          { AttributeName: "answer", KeyType: "HASH" },
          { AttributeName: "part", KeyType: "RANGE" },
        ],
        BillingMode: "PAY_PER_REQUEST",
        Backups: "DISABLED",
      },
    ]);
    const { Policy } = await lambda("deltapipe-dev-converse/policy");
    const { Statement } = JSON.parse(String(Policy)) as {
      Statement: { Principal: unknown; Action: string }[];
    };
    expect(Statement.map(({ Action }) => Action)).toEqual([
      "lambda:InvokeFunctionUrl",
      "lambda:InvokeFunction",
    ]);
    expect(JSON.stringify(Statement)).toContain("210987654321");

    expect(await outputOf("remove")).toMatch(/successfully removed/);
    expect(await lambda("")).toMatchObject({ Functions: [] });
    expect(await tables()).toEqual([]);
  });

  test("a deployment with a wrong parameter fails and creates no function", async () => {
    const failure = await outputOf("deploy", "--stage", "other", "--param", "callers=*").catch(String);
    expect(failure).toMatch(/Command failed/);
    const { Functions } = (await lambda("")) as { Functions: { FunctionName: string }[] };
    expect(Functions.filter(({ FunctionName }) => FunctionName.includes("other"))).toEqual([]);
  });
});
