// Tests each limit on a request's size from both sides, and the check for references to content elsewhere.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

/** Returns the error's message, or undefined if the request is accepted. */
function rejection(request: object, variables: Record<string, string> = {}): string | undefined {
  const configuration = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0", ...variables });
  try {
    checkRequest(JSON.stringify(request), configuration);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConverseError)) throw error;
    expect([error.name, error.status]).toEqual(["InvalidRequest", 400]);
    return error.message;
  }
}

const image = (bytes = "c2VjcmV0") => ({ image: { format: "png", source: { bytes } } });
const document = (bytes = "c2VjcmV0") => ({ document: { format: "pdf", name: "d", source: { bytes } } });
const user = (...content: object[]) => ({ messages: [{ role: "user", content }] });
const inToolResult = (...content: object[]) => user({ toolResult: { toolUseId: "t", content } });
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
const tool = () => ({ toolSpec: { name: "t", inputSchema: { json: {} } } });

describe("a limit", () => {
  test.each<[string, string, (count: number) => object]>([
    [
      "messages",
      "DELTAPIPE_MAX_MESSAGES",
      (count) => ({ messages: times(count, () => user({ text: "Hi" }).messages[0]) }),
    ],
    [
      "tools",
      "DELTAPIPE_MAX_TOOLS",
      (count) => ({ prompt: "Hi", toolConfig: { tools: times(count, tool) } }),
    ],
    [
      "tools in the model's own fields",
      "DELTAPIPE_MAX_TOOLS",
      (count) => ({
        prompt: "Hi",
        toolConfig: { tools: [tool()] },
        additionalModelRequestFields: { tools: times(count - 1, () => ({ type: "bash_20250124" })) },
      }),
    ],
    ["images", "DELTAPIPE_MAX_IMAGES", (count) => user(...times(count, image))],
    ["images in a tool's result", "DELTAPIPE_MAX_IMAGES", (count) => inToolResult(...times(count, image))],
    [
      "images over several messages",
      "DELTAPIPE_MAX_IMAGES",
      (count) => ({ messages: times(count, () => user(image()).messages[0]) }),
    ],
    [
      "images in guardContent",
      "DELTAPIPE_MAX_IMAGES",
      (count) => user(...times(count, () => ({ guardContent: image() }))),
    ],
    ["documents", "DELTAPIPE_MAX_DOCUMENTS", (count) => user(...times(count, document))],
    [
      "documents in a tool's result",
      "DELTAPIPE_MAX_DOCUMENTS",
      (count) => inToolResult(...times(count, document)),
    ],
    ["levels", "DELTAPIPE_MAX_DEPTH", (count) => ({ prompt: "Hi", outputConfig: nested(count - 1) })],
  ])("a limit allows exactly as many %s as its value", (_, variable, make) => {
    const variables = { [variable]: "4" };
    expect(rejection(make(4), variables)).toBeUndefined();
    expect(rejection(make(5), variables)).toMatch(/above this service's limit of 4$|deeper than 4 levels/);
    expect(rejection(make(5))).toBeUndefined();
  });

  test.each([
    ["image", "DELTAPIPE_MAX_IMAGE_BYTES", image],
    ["document", "DELTAPIPE_MAX_DOCUMENT_BYTES", document],
  ])("a limit on bytes counts the decoded bytes of one %s", (kind, variable, make) => {
    const bytes = (length: number) => Buffer.alloc(length).toString("base64");
    for (const place of [user, inToolResult]) {
      expect(rejection(place(make(bytes(1000)), make(bytes(1000))), { [variable]: "1000" })).toBeUndefined();
      expect(rejection(place(make(), make(bytes(1001))), { [variable]: "1000" })).toMatch(
        new RegExp(`${kind} of 1001 bytes, above this service's limit of 1000`),
      );
    }
  });
});

describe("the number of parts", () => {
  test.each<[string, object, RegExp]>([
    ["messages", { messages: times(1001, () => 1), promt: 1 }, /1001 messages/],
    ["tools", { prompt: 7, modelId: "none", toolConfig: { tools: times(129, () => 1) } }, /129 tools/],
  ])("too many %s are reported before any other error", (_, request, message) => {
    expect(rejection(request)).toMatch(message);
  });
});

describe("a reference to content elsewhere", () => {
  const s3Location = { uri: "s3://secret/object", bucketOwner: "123456789012" };
  const video = (source: unknown) => ({ video: { format: "mp4", source } });
  test.each<[string, object]>([
    ["an image in S3", user({ image: { format: "png", source: { s3Location } } })],
    ["a document in S3", user({ document: { format: "pdf", name: "d", source: { s3Location } } })],
    ["a video in S3", user(video({ s3Location }))],
    ["an audio clip in S3", user({ audio: { format: "mp3", source: { s3Location } } })],
    ["an unknown kind of block in S3", user({ hologram: { source: { s3Location } } })],
    ["a reference beside bytes", user({ image: { source: { bytes: "AA==", s3Location } } })],
    ["an image at a URL", user({ image: { format: "png", source: { url: "https://secret.example/" } } })],
    ["an image whose source is a URL", user({ image: { format: "png", source: "https://secret.example/" } })],
    ["a video at a URI", user(video({ uri: "https://secret.example/" }))],
    ["an unknown kind of reference", user(video({ fileId: "secret" }))],
    ["a video in a tool's result", inToolResult(video({ s3Location }))],
    ["an image in guardContent", user({ guardContent: { image: { source: { s3Location } } } })],
    ["an S3 URI in a member with another name", user({ image: { s3_uri: "s3://secret/object" } })],
    ["a document in a system prompt", { prompt: "Hi", system: [{ document: { source: { s3Location } } }] }],
  ])("%s is rejected unless the service allows it", (_, request) => {
    const message = rejection(request);
    expect(message).toMatch(/refers to content elsewhere \(.*send the bytes themselves$/);
    expect(message).not.toContain("secret");
    expect(rejection(request, { DELTAPIPE_ALLOW: "remoteSources,serviceTier" })).toBeUndefined();
  });

  test.each<[string, object]>([
    ["a text with a URL", user({ text: "https://example.com/ s3://a/b" })],
    [
      "a tool's input",
      user({
        toolUse: { toolUseId: "t", name: "t", input: { source: { url: "https://e.org" }, s3Location } },
      }),
    ],
    ["a tool's JSON", inToolResult({ json: { source: { s3Location }, image: {}, document: {} } })],
    ["a tool's schema", { prompt: "Hi", toolConfig: { tools: [{ toolSpec: { s3Location } }] } }],
    ["a search result", user({ searchResult: { source: "https://example.com/", title: "t", content: [] } })],
    [
      "a citation",
      user({
        citationsContent: {
          content: [{ text: "x" }],
          citations: [{ source: "x", location: { web: { url: "https://example.com/" } } }],
        },
      }),
    ],
    [
      "a document's own text",
      user({ document: { format: "txt", name: "d", source: { text: "https://e.org" } } }),
    ],
  ])("%s is not a reference", (_, request) => {
    expect(rejection(request)).toBeUndefined();
  });
});
