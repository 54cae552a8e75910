// Tests the start of the answer store: its environment variables, and the bundle that contains no answer store.
import { describe, expect, test } from "vitest";
import { connectAnswerStore } from "../../lib/answer-store/index.ts";
import * as none from "../../lib/answer-store/none.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";

const variables = { AWS_REGION: "eu-west-1", DELTAPIPE_MODELS: "a=vendor.a-v1:0" };
const off = readConfiguration(variables);
const on = readConfiguration({ ...variables, DELTAPIPE_ANSWER_RETENTION_MINUTES: "5" });

describe("the answer store", () => {
  test("the answer store is not connected without the setting for the retention time, even if there is a table", () => {
    expect(connectAnswerStore(off, { ...variables, DELTAPIPE_ANSWER_TABLE: "answers" })).toBeUndefined();
  });

  test.each([undefined, ""])("the answer store does not start if the name of the table is %j", (table) => {
    expect(() => connectAnswerStore(on, { ...variables, DELTAPIPE_ANSWER_TABLE: table })).toThrow(
      "Cannot start: DELTAPIPE_ANSWER_TABLE is not set; set it to the name of the table of answers",
    );
  });

  test("the answer store does not start with a wrong address of DynamoDB", () => {
    const wrong = { ...variables, DELTAPIPE_ANSWER_TABLE: "answers", AWS_ENDPOINT_URL_DYNAMODB: "nowhere" };
    expect(() => connectAnswerStore(on, wrong)).toThrow("Cannot start: AWS_ENDPOINT_URL_DYNAMODB is");
  });
});

describe("a bundle without the answer store", () => {
  test("a bundle without the answer store starts if the service keeps no answers", () => {
    expect(none.connectAnswerStore(off)).toBeUndefined();
  });

  test("a bundle without the answer store does not start if a setting says that answers are kept", () => {
    expect(() => none.connectAnswerStore(on)).toThrow(
      "Cannot start: DELTAPIPE_ANSWER_RETENTION_MINUTES is set, but the bundle was built without the answer store",
    );
  });

  test("a bundle without the answer store rejects the variable for the table's name as an unknown setting", () => {
    const given = { ...variables, DELTAPIPE_ANSWER_TABLE: "answers" };
    expect(() => readConfiguration(given, none.storeVariables)).toThrow(
      "DELTAPIPE_ANSWER_TABLE is not a setting",
    );
  });
});
