// Tests the verification of signatures on requests to the local Bedrock.
import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, describe, expect, test } from "vitest";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { ReceivedRequest } from "../../../lib/local/bedrock/received-request.ts";
import type { AwsCredentials } from "../../../lib/local/execution-role.ts";
import { waitFor } from "../../support/deadline.ts";
import { converse, createSdkClient, transports } from "../../support/callers/sdk-conversation.ts";

let bedrock: LocalBedrock;
afterEach(() => waitFor("closing", bedrock.close()));

describe.each(transports)("over %s", (_, transport) => {
  async function call(secretAccessKey: string) {
    const credentials = { accessKeyId: "local", secretAccessKey };
    bedrock = await startBedrock({ deltasPerSecond: Infinity, credentials, verify });
    const client = createSdkClient(bedrock.url, transport());
    const arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/local.tool";
    const conversation = await converse(client, { modelId: arn });
    client.destroy();
    return conversation;
  }

  test("the SDK's signature is accepted", async () => {
    const { error, events } = await call("local");
    expect(error).toBeUndefined();
    expect(events.length).toBeGreaterThan(10);
  });

  test("a signature made with another secret is rejected", async () => {
    const { error } = await call("another");
    expect(error).toMatchObject({ name: "InvalidSignatureException", message: "The signature is wrong" });
  });
});

/** Signs the request again with AWS's own signer. Returns an error message if the two signatures differ. */
async function verify(request: ReceivedRequest, credentials: AwsCredentials): Promise<string | undefined> {
  const authorization = String(request.headers["authorization"]);
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const date = String(request.headers["x-amz-date"]);
  const signer = new SignatureV4({
    service: "bedrock",
    region: "us-east-1",
    credentials,
    sha256: Hash.bind(null, "sha256"),
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path: request.path,
      headers: Object.fromEntries(names.map((name) => [name, String(request.headers[name])])),
      body: request.body,
    },
    { signingDate: new Date(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5")) },
  );
  const signatureOf = (text: string | undefined) => /Signature=(\w+)/.exec(text ?? "")?.[1];
  return signatureOf(signed.headers["authorization"]) === signatureOf(authorization)
    ? undefined
    : "The signature is wrong";
}
