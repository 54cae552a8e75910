// Tests what the local stack reads from serverless.yml: the functions' settings with the default parameters.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readService } from "../../lib/local/service-file.ts";
import { parseModels } from "../../lib/stream/settings/models.ts";
import { copyService, type ServiceCopy } from "../support/deployment/service-copy.ts";

test("the service has the memory size, timeout, models and CORS of a deployment with default parameters", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { variables, webSocket, appSync, ...service } = await readService(root);
  const settings = { memorySize: 256, timeoutSeconds: 900 };
  expect(service).toEqual({
    ...settings,
    name: "deltapipe-local-converse",
    handler: "handlers/function-url.handler",
    maximumEventAgeSeconds: 21_600,
    cors: undefined,
    bedrockClient: "built-in",
  });
  expect(webSocket).toEqual({
    ...settings,
    name: "deltapipe-local-webSocket",
    handler: "handlers/websocket.handler",
    maximumEventAgeSeconds: 60,
    variables: { ...variables, DELTAPIPE_PUSH_INTERVAL_MS: "100" },
  });
  expect(appSync).toEqual({
    ...settings,
    name: "deltapipe-local-appSync",
    handler: "handlers/appsync.handler",
    maximumEventAgeSeconds: 60,
    variables: { ...variables, DELTAPIPE_PUSH_INTERVAL_MS: "250" },
  });
  expect(parseModels(variables["DELTAPIPE_MODELS"] ?? "")[0].name).toBe("nova-2-lite");
});

let copy: ServiceCopy;
let text: string;
beforeAll(async () => {
  copy = await copyService();
  text = await readFile(join(copy.folder, "serverless.yml"), "utf8");
});
afterAll(() => copy.remove());

/** Reads the service after this change to its serverless.yml. */
async function changed(from: string | RegExp, to: string) {
  expect(text).toMatch(from);
  await writeFile(join(copy.folder, "serverless.yml"), text.replace(from, to));
  return readService(copy.folder);
}

test("an unknown value of the parameter bedrockClient is rejected", async () => {
  await expect(changed("bedrockClient: built-in", "bedrockClient: own")).rejects.toThrow(
    `Cannot run serverless.yml: params.default.bedrockClient is "own"; use built-in or sdk`,
  );
});

test("a changed default in serverless.yml takes effect", async () => {
  expect(await changed("bedrockClient: built-in", "bedrockClient: sdk")).toMatchObject({
    bedrockClient: "sdk",
  });
  expect(await changed("memorySize: 256", "memorySize: 512")).toMatchObject({
    memorySize: 512,
    webSocket: { memorySize: 512 },
  });
  expect(await changed("maxTokens: 8192", "maxTokens: 10")).toMatchObject({
    variables: { DELTAPIPE_MAX_TOKENS: "10" },
  });
  expect(await changed("corsOrigins: none", "corsOrigins: https://a.example")).toMatchObject({
    cors: { allowedOrigins: ["https://a.example"], allowedMethods: ["GET", "POST"] },
  });
  const kept = await changed(
    /(answerRetentionMinutes:) none(.*corsOrigins:) none/s,
    "$1 60$2 https://a.example",
  );
  expect(kept).toMatchObject({
    variables: { DELTAPIPE_ANSWER_RETENTION_MINUTES: "60" },
    cors: { allowedHeaders: expect.arrayContaining(["idempotency-key"]) },
  });
});

test("a parameter that is given takes effect instead of the default in serverless.yml", async () => {
  await changed("corsOrigins: none", "corsOrigins: https://a.example");
  const { variables, cors } = await readService(copy.folder, { answerRetentionMinutes: "60" });
  expect(variables).toMatchObject({ DELTAPIPE_ANSWER_RETENTION_MINUTES: "60" });
  expect(cors?.allowedHeaders).toContain("idempotency-key");
});

test("a function without a timeout in serverless.yml gets the default of osls, 6 seconds", async () => {
  expect(await changed("      timeout: ${param:timeout}\n", "")).toMatchObject({ timeoutSeconds: 6 });
});

test.each([
  ["a timeout that is not a number", "timeout: 900", "timeout: long", /timeout is "long"; use a number/],
  ["a timeout of 0", "timeout: 900", "timeout: 0", /timeout is 0; use a number above 0/],
  [
    "a variable that only a deployment resolves",
    "timeout: ${param:timeout}",
    "timeout: ${env:T}",
    /timeout is .*env:T.*; use a number/,
  ],
  ["no functions", /^functions:/m, "functions2:", /functions is missing; use a section/],
  [
    "a second function",
    /^functions:\n/m,
    "functions:\n  - other: {}\n",
    /functions is \["other","converse"\]; use one function, and those/,
  ],
  [
    "a reference that is not known",
    "index.cjs):webSocketFunction}",
    "index.cjs):otherFunction}",
    /functions is .*otherFunction.*; use a section/,
  ],
])("a serverless.yml with %s is rejected with the key in the message", async (_, from, to, message) => {
  await expect(changed(from, to)).rejects.toThrow(message);
});

test("text that is not YAML is rejected with its line in the message", async () => {
  await expect(changed(/^service: deltapipe/m, "service: [")).rejects.toThrow(
    /^Cannot read serverless\.yml: .+ at line \d+, column \d+; correct the file$/,
  );
});
