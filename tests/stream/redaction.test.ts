// Tests that callers do not see the service's account, network or code in Bedrock's messages.
import { describe, expect, test } from "vitest";
import { redactMessage } from "../../lib/stream/redaction.ts";
import { cpuTime } from "../support/processes/cpu-time.ts";
import { scaled } from "../support/deadline.ts";

describe("a message from Bedrock", () => {
  test.each([
    ["User: arn:aws:sts::123456789012:assumed-role/r/s may not", "User: arn:*** may not"],
    ["ARN:AWS-US-GOV:iam::1:role/x.", "arn:***"],
    ["account 123456789012, (1234-5678-9012)", "account ***, (***)"],
    ["at 10.0.0.12:8443 failed", "at *** failed"],
    ["peer 10.0.0.12.", "peer ***."],
    ["peer [fe80::1ff:fe23:4567:890a]", "peer [***]"],
    ["peer 2001:db8:0:0:1:0:0:1 and ::1", "peer *** and ***"],
    ["host ip-10-0-0-1.eu-west-1.compute.internal:80", "host ***"],
    ["POST https://bedrock-runtime.us-east-1.amazonaws.com/model/x", "POST https://***/model/x"],
    ["see http://localhost:9001/", "see http://***/"],
    ["It broke\n\tat com.amazon.Service.call(Service.java:7)\n\tat x", "It broke"],
    ["It broke\n    at Object.<anonymous> (/var/task/index.mjs:1:2)", "It broke"],
  ])("a message loses what describes the service: %j", (message, shown) => {
    expect(redactMessage(message)).toBe(shown);
  });

  test.each([
    "The maximum tokens you requested exceeds the model limit of 4096. Try again at 12:30:45.",
    "Version 1.2.3 of anthropic.claude-haiku-4-5-20251001-v1:0 allows 200000 tokens",
    "See https://docs.aws.amazon.com/bedrock/latest/userguide/quotas.html",
    "messages.0.content.1.image: at least one of its 1234567890123 pixels",
    "#: extraneous key [a] is not permitted\n#: at most 4 stop sequences",
  ])("a message keeps what helps the caller: %j", (message) => {
    expect(redactMessage(message)).toBe(message);
  });

  test("a message is cut to 500 characters in linear time", () => {
    for (const piece of ["a", "a.", "a-", ":", "::a", "1.1", "1:", " arn:", "\n", "localhost"]) {
      const message = piece.repeat(500_000);
      let length = Infinity;
      const spent = cpuTime(() => (length = redactMessage(message).length));
      expect(length).toBeLessThanOrEqual(500);
      // Takes about 10 ms. A pattern that backtracks at each character would take minutes.
      expect(spent).toBeLessThan(scaled(1000));
    }
  });
});
