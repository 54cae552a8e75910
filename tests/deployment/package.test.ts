// Tests `npm run package`: its archive, its summary, its options and its size budget.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestStack, textOfLines } from "../support/servers/local-stack.ts";
import { copyService, type ServiceCopy } from "../support/deployment/service-copy.ts";

const run = promisify(execFile);

let copy: ServiceCopy;
let output: string;
let template: string;
let zip: Uint8Array;
let files: Record<string, Uint8Array>;

const templateFile = ".serverless/cloudformation-template-update-stack.json";
const temporary = () => join(copy.folder, "temporary");

function packageService(...args: string[]) {
  const env = { PATH: process.env["PATH"], HOME: inject("builds"), TMPDIR: temporary() };
  return run(process.execPath, ["scripts/package/package.js", ...args], { cwd: copy.folder, env });
}

beforeAll(async () => {
  copy = await copyService();
  await mkdir(temporary());
  ({ stdout: output } = await packageService());
  template = await readFile(join(copy.folder, templateFile), "utf8");
  zip = await readFile(join(copy.folder, ".serverless/converse.zip"));
  files = unzipSync(zip);
});
afterAll(() => copy.remove());

/** Writes the files into a new folder, and resolves with its path. */
async function unpack(entries: Record<string, Uint8Array>, name: string): Promise<string> {
  const folder = join(copy.folder, name);
  for (const [path, bytes] of Object.entries(entries)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

test("the archive contains only the handler's bundle", () => {
  expect(Object.keys(files)).toEqual(["handlers/function-url.mjs"]);
});

test("npm run package leaves nothing behind in the temporary folder", async () => {
  expect(await readdir(temporary())).toEqual([]);
});

test("the archive answers requests in the Lambda runtime", async () => {
  const stack = await startTestStack({ taskRoot: await unpack(files, "unpacked") });
  const { lines } = await stack.ask({ prompt: "Grüße", modelId: "local.echo" });
  await stack.close();
  expect(textOfLines(lines)).toBe("Grüße");
  expect(lines.at(-1)?.type).toBe("end");
});

test("the output states the archive's size, which is within the budget", () => {
  const [, size = "", budget = ""] = /converse\.zip: ([\d,]+) bytes of at most ([\d,]+)/.exec(output) ?? [];
  expect(Number(size.replaceAll(",", ""))).toBe(zip.length);
  expect(zip.length).toBeLessThanOrEqual(Number(budget.replaceAll(",", "")));
  // This line repeats the budget. A commit that raises the budget has to change this line too, and to give the reason.
  expect(budget).toBe("28,000");
});

test("the output summarizes the template: resources by type, and each IAM statement", async () => {
  const { Resources } = JSON.parse(template) as { Resources: Record<string, { Type: string }> };
  const types = Object.values(Resources).map(({ Type }) => Type);
  expect(output).toContain(
    `${templateFile}: ${template.length.toLocaleString("en-GB")} bytes, ${types.length} resources\n`,
  );
  for (const type of types) {
    const count = types.filter((other) => other === type).length;
    expect(output).toMatch(new RegExp(`^ +${count}  ${type}$`, "m"));
  }
  expect(output.match(/^ {2}(Allow|Deny) {2}\S/gm)).toHaveLength(template.match(/"Effect"/g)!.length);
  expect(output).toContain(
    "  Allow  bedrock:InvokeModelWithResponseStream\n" +
      "         on  arn:${AWS::Partition}:bedrock:*::foundation-model/amazon.nova-2-lite-v1:0\n" +
      "         if  bedrock:InferenceProfileArn StringEquals arn:${AWS::Partition}:bedrock:${AWS::Region}:" +
      "${AWS::AccountId}:inference-profile/global.amazon.nova-2-lite-v1:0\n",
  );
  expect(output).not.toContain("[object");
});

test("a wrong parameter is reported in one sentence on stderr, with exit code 1", async () => {
  await expect(packageService("--param", "memorySize=9")).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: `Cannot package: parameter "memorySize" is "9"; set it to a whole number from 128 to 10240\n`,
  });
});

test("--help lists the options and does not package", async () => {
  const { stdout, stderr } = await packageService("--help", "--package", "nowhere");
  for (const option of ["--param", "--stage", "--region", "--package", "--help"])
    expect(stdout).toContain(option);
  expect(stderr).toBe("");
  await expect(readFile(join(copy.folder, "nowhere/converse.zip"))).rejects.toThrow(/ENOENT/);
});

describe("with bedrockClient=sdk", () => {
  let withSdk: { stdout: string; files: Record<string, Uint8Array>; size: number };
  beforeAll(async () => {
    const { stdout } = await packageService("--package", "with-sdk", "--param", "bedrockClient=sdk");
    const archive = await readFile(join(copy.folder, "with-sdk/converse.zip"));
    withSdk = { stdout, files: unzipSync(archive), size: archive.length };
  });

  test("the archive with bedrockClient=sdk contains one file with AWS's SDK, and the default archive has no SDK", () => {
    expect(Object.keys(withSdk.files)).toEqual(["handlers/function-url.mjs"]);
    const [text, plain] = [withSdk.files, files].map((each) => strFromU8(Object.values(each)[0]!));
    for (const part of ["aws-sdk-js", "AmazonBedrockFrontendService"]) {
      expect(text).toContain(part);
      expect(plain).not.toContain(part);
    }
  });

  test("the output with bedrockClient=sdk states the archive's size without a budget", () => {
    expect(withSdk.stdout).toContain(
      `with-sdk/converse.zip: ${withSdk.size.toLocaleString("en-GB")} bytes, with AWS's SDK\n`,
    );
  });

  test("the template with bedrockClient=sdk differs from the default template only in the archive's key", async () => {
    const file = join(copy.folder, "with-sdk/cloudformation-template-update-stack.json");
    const text = await readFile(file, "utf8");
    // The key contains the time of the packaging.
    const withoutKey = (template: string) =>
      template.replaceAll(/"serverless\/[^"]+\/converse\.zip"/g, "key");
    expect(withoutKey(text)).toBe(withoutKey(template));
  });

  test("the archive with bedrockClient=sdk answers requests in the Lambda runtime", async () => {
    const stack = await startTestStack({ taskRoot: await unpack(withSdk.files, "unpacked-with-sdk") });
    const { lines } = await stack.ask({ prompt: "Grüße", modelId: "local.echo" });
    await stack.close();
    expect(textOfLines(lines)).toBe("Grüße");
    expect(lines.at(-1)?.type).toBe("end");
  });
});

describe("an archive that exceeds its budget, with callers of another account and an answer store", () => {
  let failure: { code: number; stdout: string; stderr: string };
  beforeAll(async () => {
    const ballast = randomBytes(50_000).toString("base64");
    await appendFile(
      join(copy.folder, "handlers/function-url.ts"),
      `\nexport const ballast = "${ballast}";\n`,
    );
    const parameters = ["callers=210987654321", "answerRetentionMinutes=60"];
    const args = parameters.flatMap((parameter) => ["--param", parameter]);
    failure = await packageService("--package", "elsewhere", ...args).then(
      (output) => ({ code: 0, ...output }),
      (error) => error as typeof failure,
    );
  });

  test("the output about an archive over its budget still states size, --package folder and permissions", () => {
    const { stdout } = failure;
    expect(stdout).toMatch(/^elsewhere\/cloudformation-template-update-stack\.json: [\d,]+ bytes/m);
    expect(stdout).toMatch(/Allow {2}dynamodb:PutItem, [\w:, ]+\n +on {2}\$\{AnswerTable\.Arn\}\n/);
    expect(stdout).toMatch(/Allow {2}lambda:InvokeFunctionUrl\n +to {2}210987654321\n/);
    // With the answer store, the budget has 9,000 bytes more.
    expect(stdout).toMatch(/^elsewhere\/converse\.zip: [\d,]+ bytes of at most 37,000$/m);
  });

  test("an archive that exceeds its budget makes npm run package fail", () => {
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("it exceeds its budget") });
  });
});
