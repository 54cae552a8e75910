// Tests which ids the local Bedrock knows: scripted models, aliases, and the models in the conditions of the user's own answers.
import { describe, expect, test } from "vitest";
import { createKnownModels, modelsSetting } from "../../../lib/local/bedrock/known-models.ts";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { parseModels } from "../../../lib/stream/settings/models.ts";
import { callModel, startTestBedrock } from "../../support/servers/local-bedrock.ts";

const nova = "amazon.nova-lite-v1:0";
const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3";

describe("an alias", () => {
  test.each([
    [nova, nova],
    [profile, profile],
    [nova, `arn:aws:bedrock:us-east-1::foundation-model/${nova}`],
    [`us.${nova}`, `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${nova}`],
    ["a1b2c3", profile],
    ["local.story", "local.story"],
  ])("the alias %s answers requests for %s", async (alias, modelId) => {
    const bedrock = await startTestBedrock({ aliases: { [alias]: "local.throttled" } });
    expect((await callModel(bedrock, modelId)).statusCode).toBe(429);
  });

  test("an alias does not answer requests for other ids", async () => {
    const bedrock = await startTestBedrock({ aliases: { [nova]: "local.throttled" } });
    for (const modelId of [`us.${nova}`, "amazon.nova-lite", "*", "toString"]) {
      expect((await callModel(bedrock, modelId)).statusCode).toBe(400);
    }
  });

  test("an alias for all unknown ids does not change the known ids", async () => {
    const bedrock = await startTestBedrock({ aliases: { "*": "local.throttled", [nova]: "local.denied" } });
    const modelIds = ["anthropic.claude", profile, nova, "local.not-ready", "local.echo"];
    const statuses = modelIds.map(async (modelId) => (await callModel(bedrock, modelId)).statusCode);
    expect(await Promise.all(statuses)).toEqual([429, 429, 403, 429, 200]);
  });

  test.each(["local.storry", nova, "*", ""])(
    "an alias that stands for %j is rejected, because there is no such model",
    async (id) => {
      const start = startBedrock({ aliases: { [nova]: id, "*": "local.story" } });
      await expect(start).rejects.toThrow(
        `Cannot make "${nova}" stand for "${id}": there is no such model; choose from local.story, local.echo,`,
      );
    },
  );
});

test.each(["a b", "", "x/", "a=b", "é"])(
  "the alias %j is rejected, because it is not a valid id",
  (alias) => {
    expect(() => createKnownModels({ aliases: { [alias]: "local.story" } })).toThrow(
      `Cannot use the alias "${alias}"`,
    );
  },
);

describe("a model that is named in a condition of the user's own answers", () => {
  const answers = [{ when: { modelId: nova, prompt: "rain" }, text: "mine" }];

  test.each([
    ["an error", {}, 400],
    ["its own alias", { [nova]: "local.throttled", "*": "local.denied" }, 429],
    ["the alias for all unknown ids", { "*": "local.denied" }, 403],
  ])(
    "a request for a model in a condition is answered by %s if none of the user's own answers fits",
    async (_, aliases, status) => {
      const bedrock = await startTestBedrock({ answers, aliases });
      expect((await callModel(bedrock, nova, "hello")).statusCode).toBe(status);
      expect((await callModel(bedrock, nova, "rain")).statusCode).toBe(200);
    },
  );

  test("a model in a condition may be an application inference profile", () => {
    const setting = modelsSetting({ answers: [{ when: { modelId: profile }, text: "mine" }] });
    expect(parseModels(setting).at(-1)).toEqual({ name: "a1b2c3", id: profile, foundationModel: "a1b2c3" });
  });

  test("a model in two conditions is in the function's list of models once", () => {
    const ids = parseModels(modelsSetting({ answers: [...answers, ...answers] })).map(({ id }) => id);
    expect(ids.filter((id) => id === nova)).toHaveLength(1);
    expect(ids[0]).toBe("local.story");
  });
});

test("every model id is known if one of the user's own answers has no condition on the model", async () => {
  const bedrock = await startTestBedrock({ answers: [{ when: { prompt: "rain" }, text: "mine" }] });
  expect((await callModel(bedrock, "vendor.model", "rain")).statusCode).toBe(200);
  expect((await callModel(bedrock, "vendor.model", "snow")).statusCode).toBe(400);
});

describe("the function's list of models", () => {
  test("the function's list of models begins with the default model, and has each alias with its id and a name", () => {
    const setting = modelsSetting({
      aliases: { [nova]: "local.story", [profile]: "local.tool", "*": "local.echo" },
    });
    const models = parseModels(setting);
    expect(models[0]).toEqual({ name: "local.story", id: "local.story" });
    expect(models.slice(-2)).toEqual([
      { name: "amazon.nova-lite-v1-0", id: nova },
      { name: "a1b2c3", id: profile, foundationModel: "local.tool" },
    ]);
    expect(models.map(({ id }) => id)).toEqual(
      createKnownModels({ aliases: { [nova]: "local.story", [profile]: "local.tool" } }).ids,
    );
  });

  test("ids that differ only in characters that a name cannot have get different names in the function's list", () => {
    const aliases = { "a.b:c": "local.story", "a.b-c": "local.story", "x/a.b-c": "local.story" };
    const names = parseModels(modelsSetting({ aliases }))
      .slice(-3)
      .map(({ name }) => name);
    expect(names).toEqual(["a.b-c", "a.b-c-2", "a.b-c-3"]);
  });
});
