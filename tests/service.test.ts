// What the local stack takes from serverless.yml: its parameters at their defaults, and nothing that only a deployment has.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readService } from "../lib/local/service.ts";
import { parseModels } from "../lib/stream/models.ts";
import { copyService } from "./support/service-copy.ts";

test("the service runs here with the size, time, models and CORS of a deployment that sets nothing", async () => {
  const { models, ...service } = await readService(fileURLToPath(new URL("..", import.meta.url)));
  expect(service).toEqual({
    name: "deltapipe-local-converse",
    handler: "handlers/function-url.handler",
    memorySize: 256,
    timeoutSeconds: 900,
    cors: undefined,
  });
  expect(parseModels(models)[0].name).toBe("nova-2-lite");
});

test("a default that is changed in serverless.yml is what runs here", async () => {
  const copy = await copyService();
  const file = join(copy.folder, "serverless.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("memorySize: 256", "memorySize: 512"));
  expect(await readService(copy.folder)).toMatchObject({ memorySize: 512 });
  await copy.remove();
});
