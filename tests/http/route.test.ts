// Tests which operation and model a path means, however the client encodes the path.
import type { LambdaFunctionURLEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { routeOf } from "../../lib/http/route.ts";

function route(rawPath: string, { accept = "*/*", method = "POST" } = {}) {
  const requestContext = { http: { method } };
  return routeOf({ rawPath, headers: { accept }, requestContext } as unknown as LambdaFunctionURLEvent);
}

const profile = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";

describe("the model in a path", () => {
  test.each([
    ["an id that is not encoded", "amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"],
    ["an id with an encoded colon", "amazon.nova-lite-v1%3A0", "amazon.nova-lite-v1:0"],
    ["an id with a colon encoded in lower case", "amazon.nova-lite-v1%3a0", "amazon.nova-lite-v1:0"],
    ["an encoded ARN", encodeURIComponent(profile), profile],
    ["an ARN with a slash", profile, profile],
    ["an encoded ARN with a plain slash", profile.replaceAll(":", "%3A"), profile],
    ["an id encoded twice, which is decoded once", "amazon.nova%253A0", "amazon.nova%3A0"],
    ["an id that cannot be decoded, which stays unchanged", "%zz%", "%zz%"],
  ])("the model is found in a path with %s", (_, segment, modelId) => {
    expect(route(`/model/${segment}/converse-stream`)).toEqual({
      operation: "ConverseStream",
      modelId,
      format: "eventstream",
      allowed: "POST",
    });
    expect(route(`/model/${segment}/converse`)).toEqual({
      operation: "Converse",
      modelId,
      format: "json",
      allowed: "POST",
    });
  });
});

test("the path / gives lines, or server-sent events if the request accepts them", () => {
  expect(route("/")).toEqual({ operation: "Lines", format: "ndjson", allowed: "POST" });
  expect(route("/", { accept: "text/event-stream" })).toEqual({
    operation: "Lines",
    format: "sse",
    allowed: "POST",
  });
});

test("the path /models gives the list of models", () => {
  const models = { operation: "Models", format: "ndjson", allowed: "GET, HEAD" };
  expect(route("/models", { method: "GET" })).toEqual(models);
  expect(route("/models", { method: "HEAD" })).toEqual(models);
});

test.each(["/", "/models", "/model/x/converse", "/model/x/converse-stream"])(
  "the path %s with a wrong method keeps its operation and gets the error MethodNotAllowed",
  (path) => {
    const error = expect.objectContaining({ name: "MethodNotAllowed" });
    const { operation, allowed } = route(path, { method: path === "/models" ? "GET" : "POST" });
    expect(operation).toBeDefined();
    expect(route(path, { method: "PUT" })).toMatchObject({ operation, allowed, error });
  },
);

test.each([
  "/model/x",
  "/model/x/",
  "/model//converse",
  "/model/x/converse/",
  "/model/x/invoke",
  "/model/x/Converse",
  "/model/x/count-tokens",
])("the path %s of an unknown operation gets an error in Bedrock's form", (path) => {
  const error = expect.objectContaining({ name: "NotFound" });
  expect(route(path)).toEqual({ operation: undefined, format: "json", allowed: "", error });
});

test.each(["/x", "//", "/models/", "/models/x/converse", "/x/model/x/converse"])(
  "the unknown path %s has no operation",
  (path) => {
    const error = expect.objectContaining({ name: "NotFound" });
    expect(route(path)).toEqual({ operation: undefined, format: "ndjson", allowed: "", error });
  },
);

test("any path has a route", () => {
  const piece = fc.oneof(
    fc.constantFrom("model", "converse", "converse-stream", "%", "%2F", "..", ""),
    fc.string(),
  );
  const property = fc.property(fc.array(piece), (pieces) => {
    expect(route(`/${pieces.join("/")}`)).toHaveProperty("format");
  });
  fc.assert(property);
});
