// Tests how Bedrock's events become lines: which payloads are copied, which are changed, and which are rejected.
import { describe, expect, test } from "vitest";
import { createMessageBuilder } from "../../../lib/client/message.ts";
import { createLineDecoder } from "../../../lib/client/ndjson.ts";
import { InvalidEvent } from "../../../lib/stream/lines/event-payload.ts";
import { LineBuffer } from "../../../lib/stream/lines/line-buffer.ts";

function ndjson(name: string, payload: string | Buffer): string {
  const lines = new LineBuffer("ndjson");
  lines.event(name, Buffer.from(payload as string));
  return lines.take().toString();
}

describe("payloads", () => {
  test.each([
    ["text in many scripts", `{"delta":{"text":"Grüße 世界 👩‍🚀"},"p":"ab"}`],
    ["escapes", `{"delta":{"text":"\\u00fc\\ud800\\n"},"p":""}`],
    ["numbers in any notation", `{"a":1.0,"b":12345678901234567890,"c":1e2}`],
    ["blanks inside", `{"a" : [1, 2] }`],
    ["a nested member called type", `{"start":{"type":"server_tool"}}`],
    ["a delta with a type", `{"contentBlockIndex":0,"delta":{"type":"x","text":"hi","bedrock:type":1}}`],
    ["members called type deep in a list", `{"a":[{"type":{"type":[]}}],"b":"type","c":["type"]}`],
    ["a name with escapes", `{"\\u0061":[1]}`],
    ["blanks before the first member", `{ "a":[1]}`],
    ["a duplicate name", `{"a":[1],"a":[2]}`],
    ["the word type in a value", `{"delta":{"text":"\\"type\\":1"}}`],
  ])("a payload is copied byte for byte: %s", (_, payload) => {
    expect(ndjson("x1", payload)).toBe(`{"type":"x1",${payload.slice(1)}\n`);
  });

  test("a payload without members becomes a line with only the type", () => {
    expect(ndjson("pong", "{}")).toBe(`{"type":"pong"}\n`);
    expect(ndjson("pong", " { } ")).toBe(`{"type":"pong"}\n`);
  });

  test.each([
    ['\n{\n  "a": "世界"\n}\n', `{"type":"x",  "a": "世界"}\n`],
    [
      `{"a":12345678901234567890,\n"b":1.0,"c":1e999,"2":1,"1":2}`,
      `{"type":"x","a":12345678901234567890,"b":1.0,"c":1e999,"2":1,"1":2}\n`,
    ],
    [`\t\t{"a":"\\t"\r\n}`, `{"type":"x","a":"\\t"}\n`],
    [`{"a":\t1}`, `{"type":"x","a":1}\n`],
    [`{"a":1}\r`, `{"type":"x","a":1}\n`],
    [` {"a":1}`, `{"type":"x","a":1}\n`],
  ])("a payload loses only line breaks, tabs and the white space around it: %j", (payload, line) => {
    expect(ndjson("x", payload)).toBe(line);
  });

  test.each([
    [`{"a":1,"type":"own"}`, `"a":1,"bedrock:type":"own"`],
    [`{"type":\n1}`, `"bedrock:type":1`],
    [`{ "type" : [1.0] }`, ` "bedrock:type" : [1.0] `],
    [`{"typ\\u0065":1}`, `"bedrock:typ\\u0065":1`],
    [`{"type":1,"bedrock:type":2}`, `"bedrock:type":1,"bedrock:bedrock:type":2`],
    [`{"bedrock:type":2}`, `"bedrock:bedrock:type":2`],
    [
      `{"type":{"type":"\\"type\\":"},"b":"type","c":[{"type":1}]}`,
      `"bedrock:type":{"type":"\\"type\\":"},"b":"type","c":[{"type":1}]`,
    ],
    [`{"\\\\":1,"type":"世界"}`, `"\\\\":1,"bedrock:type":"世界"`],
  ])(
    "members called type or bedrock:type get another name, and all other members stay as they are: %s",
    (payload, members) => {
      expect(ndjson("x", payload)).toBe(`{"type":"x",${members}}\n`);
    },
  );

  test("a payload with a member called type can be read by the client", async () => {
    const payload = `{"type":"text","contentBlockIndex":0,"delta":{"type":"text","text":"Grüße"}}`;
    const [received] = createLineDecoder(1000).push(Buffer.from(ndjson("contentBlockDelta", payload)));
    const message = createMessageBuilder();
    message.add(received!.line!);
    expect(message.build().content).toEqual([{ text: "Grüße" }]);
  });

  test.each(["", "x", "null", "1", `"a"`, "[1]", `{"a":`, `{"a":}`, `{"a":1}}`, `{"a":1}{}`])(
    "a payload that is not a JSON object is rejected and leaves no partial line: %j",
    (payload) => {
      const lines = new LineBuffer("ndjson");
      expect(() => lines.event("x", Buffer.from(payload))).toThrow(InvalidEvent);
      expect(lines.take().length).toBe(0);
    },
  );

  test("a payload that is not UTF-8 is rejected", () => {
    expect(() => ndjson("x", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(InvalidEvent);
  });
});

describe("event names", () => {
  test.each(["start", "ping", "end", "error"])(
    "the event name %s, which the service uses for a line of its own, gets the prefix 'bedrock:'",
    (name) => {
      expect(ndjson(name, `{"a":1}`)).toBe(`{"type":"bedrock:${name}","a":1}\n`);
    },
  );

  test.each([
    "weather-report",
    "weather_report",
    "com.amazon#Weather$Report",
    "a/b+c@d",
    "_",
    "{}",
    "'",
    "`",
  ])("an event name that is unknown is passed on: %s", (name) => {
    expect(ndjson(name, `{"a":1}`)).toBe(`{"type":"${name}","a":1}\n`);
    const lines = new LineBuffer("sse");
    lines.event(name, Buffer.from(`{"a":1}`));
    expect(lines.take().toString()).toBe(`event: ${name}\ndata: {"type":"${name}","a":1}\n\n`);
  });

  test.each(["", "a b", `a"`, "a\\", "a\n", "a\r", "a\0", "a\u007f", "ä", "世", "bedrock:end", ":"])(
    "the event name %j is rejected, because it is empty or has characters that are not allowed",
    (name) => {
      expect(() => ndjson(name, "{}")).toThrow(InvalidEvent);
    },
  );
});

describe("lines", () => {
  test("lines are collected in order until they are taken, and later lines do not change them", () => {
    const lines = new LineBuffer("ndjson");
    lines.own({ type: "start", version: 1, requestId: "r", modelId: "世界" });
    lines.event("a", Buffer.from(`{"n":1}`));
    const first = lines.take();
    lines.event("b", Buffer.from(`{"n":2}`));
    expect(lines.take().toString()).toBe(`{"type":"b","n":2}\n`);
    expect(first.toString()).toBe(
      `{"type":"start","version":1,"requestId":"r","modelId":"世界"}\n{"type":"a","n":1}\n`,
    );
    expect(lines.take().length).toBe(0);
  });

  test("server-sent events contain the same JSON objects as lines", () => {
    const lines = new LineBuffer("sse");
    lines.event("a", Buffer.from(`{"n":1}`));
    lines.event("end", Buffer.from(`{}`));
    lines.own({ type: "ping" });
    expect(lines.take().toString()).toBe(
      `event: a\ndata: {"type":"a","n":1}\n\nevent: bedrock:end\ndata: {"type":"bedrock:end"}\n\n` +
        `event: ping\ndata: {"type":"ping"}\n\n`,
    );
  });

  test("a stream of server-sent events begins with an id and a reconnection time of an hour", () => {
    const lines = new LineBuffer("sse");
    lines.own({ type: "start", version: 1, requestId: "r-1", modelId: "m" });
    expect(lines.take().toString()).toBe(
      `id: r-1\nretry: 3600000\nevent: start\n` +
        `data: {"type":"start","version":1,"requestId":"r-1","modelId":"m"}\n\n`,
    );
  });

  test("an error line is a server-sent event called failure, because error is an EventSource's own event", () => {
    const lines = new LineBuffer("sse");
    lines.own({ type: "error", error: { name: "N", message: "m", retryable: true, requestId: "r" } });
    expect(lines.take().toString()).toBe(
      `event: failure\ndata: {"type":"error","error":{"name":"N","message":"m","retryable":true,"requestId":"r"}}\n\n`,
    );
  });

  test.each(["failure", "open"])(
    "an event of Bedrock called %s gets the prefix 'bedrock:', but only in server-sent events",
    (name) => {
      for (const [format, line] of [
        ["sse", `event: bedrock:${name}\ndata: {"type":"${name}"}\n\n`],
        ["ndjson", `{"type":"${name}"}\n`],
      ] as const) {
        const lines = new LineBuffer(format);
        lines.event(name, Buffer.from("{}"));
        expect(lines.take().toString()).toBe(line);
      }
    },
  );
});
