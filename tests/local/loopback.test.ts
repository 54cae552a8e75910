// Tests that only this machine can reach the local stack.
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { startFunctionUrl } from "../../lib/local/function-url/start-function-url.ts";
import { readStartOptions } from "../../scripts/start/start-options.ts";
import { OptionError } from "../../scripts/options.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack } from "../support/servers/local-stack.ts";

/** Addresses of this machine on which a server that listens on all interfaces would respond. */
function otherAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = found.filter(({ internal, family, scopeid }) => !internal && family === "IPv4" && !scopeid);
  // On Linux all of 127.0.0.0/8 is this machine. Elsewhere 127.0.0.2 is unused.
  return [...outside.map(({ address }) => address), ...(process.platform === "linux" ? ["127.0.0.2"] : [])];
}

async function reaches(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  const outcome = once(socket, "connect").then(
    () => true,
    () => false,
  );
  return waitFor(`an answer from ${host}`, outcome).finally(() => socket.destroy());
}

test("only the loopback address accepts connections", async () => {
  const stack = await startTestStack();
  try {
    const ports = [Number(new URL(stack.url).port), stack.bedrock!.port];
    for (const port of ports) {
      expect(await reaches("127.0.0.1", port)).toBe(true);
      for (const host of otherAddresses()) expect(await reaches(host, port), `${host}:${port}`).toBe(false);
    }
  } finally {
    await stack.close();
  }
});

describe("another address to listen on", () => {
  const elsewhere = ["0.0.0.0", "::", "10.0.0.1", "example.com", "127.example.com", "::ffff:0.0.0.0", ""];

  test.each(elsewhere)(
    "the Function URL and the local Bedrock refuse to listen on %j, with the reason",
    async (host) => {
      const url = startFunctionUrl({
        host,
        region: "us-east-1",
        credentials: () => undefined,
        invoke: () => Promise.reject(new Error("never")),
      });
      await expect(url).rejects.toThrow(/Cannot listen on .*loopback/);
      await expect(startBedrock({ host })).rejects.toThrow(/Cannot listen on .*loopback/);
    },
  );

  test.each([["--host", "0.0.0.0"], ["--host=0.0.0.0"], ["--bind=::"], ["--listen", "10.0.0.1"]])(
    "npm start refuses to listen on another address, with the reason: %s",
    (...args) => {
      expect(() => readStartOptions(args.filter((argument) => argument !== undefined))).toThrow(OptionError);
      expect(() => readStartOptions(args)).toThrow(/listens on 127\.0\.0\.1 only/);
    },
  );
});
