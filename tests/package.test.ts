// What `serverless package` makes: the artefact itself answers requests, and its template says what it may.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, textOf } from "./support/local-stack.ts";
import { copyService, type ServiceCopy } from "./support/service-copy.ts";

const run = promisify(execFile);
const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

let copy: ServiceCopy;
let resources: Record<string, Resource>;
let files: Record<string, Uint8Array>;

/** Without credentials and without a network, as far as a process can tell. */
function packageService(...args: string[]) {
  const env = { PATH: process.env["PATH"], HOME: copy.folder, SLS_TELEMETRY_DISABLED: "1" };
  return run(process.execPath, [serverless, "package", ...args], { cwd: copy.folder, env });
}

async function readResources(): Promise<Record<string, Resource>> {
  const file = join(copy.folder, ".serverless/cloudformation-template-update-stack.json");
  const template = JSON.parse(await readFile(file, "utf8")) as { Resources: Record<string, Resource> };
  return template.Resources;
}

function bedrockStatements({ IamRoleLambdaExecution }: Record<string, Resource>): Record<string, unknown>[] {
  const [policy] = IamRoleLambdaExecution!.Properties["Policies"] as {
    PolicyDocument: { Statement: Record<string, unknown>[] };
  }[];
  return policy!.PolicyDocument.Statement.filter(({ Action }) => JSON.stringify(Action).includes("bedrock"));
}

beforeAll(async () => {
  copy = await copyService();
  await packageService();
  resources = await readResources();
  files = unzipSync(await readFile(join(copy.folder, ".serverless/converse.zip")));
}, 60_000);
afterAll(() => copy.remove());

describe("the artefact", () => {
  test("is the handler's bundle and nothing else", () => {
    expect(Object.keys(files)).toEqual(["handlers/function-url.mjs"]);
  });

  test("answers requests in the Lambda runtime", async () => {
    const taskRoot = join(copy.folder, "unpacked");
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(taskRoot, name)), { recursive: true });
      await writeFile(join(taskRoot, name), bytes);
    }
    const stack = await startTestStack({ taskRoot });
    const { lines } = await stack.ask({ prompt: "Grüße", modelId: "local.echo" });
    await stack.close();
    expect(textOf(lines)).toBe("Grüße");
    expect(lines.at(-1)?.type).toBe("end");
  });
});

describe("the template", () => {
  test("has a function that streams behind IAM", () => {
    expect(resources["ConverseLambdaFunction"]?.Properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: 900,
      LoggingConfig: { LogFormat: "JSON" },
      Environment: { Variables: { DELTAPIPE_MODELS: expect.stringContaining("=") } },
    });
    expect(resources["ConverseLambdaFunctionUrl"]?.Properties).toMatchObject({
      AuthType: "AWS_IAM",
      InvokeMode: "RESPONSE_STREAM",
    });
  });

  test("allows each model as its kind needs it, and nothing else", async () => {
    const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123";
    const models = `plain=vendor.plain-v1:0,profile=eu.vendor.model-v1:0,application=${arn};model=vendor.other-v1:0`;
    await packageService("--param", `models=${models}`);
    const profile = {
      "Fn::Sub":
        "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/eu.vendor.model-v1:0",
    };
    const model = (region: string, id: string) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:bedrock:${region}::foundation-model/${id}`,
    });
    const allow = { Effect: "Allow", Action: ["bedrock:InvokeModelWithResponseStream"] };
    const behind = (of: unknown) => ({ StringEquals: { "bedrock:InferenceProfileArn": of } });
    expect(bedrockStatements(await readResources())).toEqual([
      { ...allow, Resource: [model("${AWS::Region}", "vendor.plain-v1:0")] },
      { ...allow, Resource: [profile] },
      { ...allow, Resource: [model("*", "vendor.model-v1:0")], Condition: behind(profile) },
      { ...allow, Resource: arn },
      { ...allow, Resource: [model("*", "vendor.other-v1:0")], Condition: behind(arn) },
    ]);
  }, 30_000);

  test("is not made from a models list that is wrong: the parameter is named", async () => {
    await expect(packageService("--param", "models=vendor.a-v1:0")).rejects.toMatchObject({
      stdout: expect.stringMatching(/Parameter "models".*vendor\.a-v1:0.*name=modelId/s),
    });
  }, 30_000);
});
