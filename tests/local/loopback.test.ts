// The local stack is reached from this machine alone, and says so when it is asked for more.
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { startFunctionUrl } from "../../lib/local/function-url/start-function-url.ts";
import { readOptions } from "../../scripts/start/start-options.ts";
import { OptionError } from "../../scripts/run-script.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack } from "../support/servers/local-stack.ts";

/** Whoever listens on all of this machine's addresses answers at each of them. */
function otherAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = found.filter(({ internal, family, scopeid }) => !internal && family === "IPv4" && !scopeid);
  // All of 127.0.0.0/8 is this machine on Linux; elsewhere 127.0.0.2 is nobody.
  return [...outside.map(({ address }) => address), ...(process.platform === "linux" ? ["127.0.0.2"] : [])];
}

async function reaches(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  const outcome = once(socket, "connect").then(
    () => true,
    () => false,
  );
  return waitFor(`An answer of ${host}`, outcome).finally(() => socket.destroy());
}

test("no address of this machine but the loopback's answers", async () => {
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

describe("asked to listen elsewhere", () => {
  const elsewhere = ["0.0.0.0", "::", "10.0.0.1", "example.com", "127.example.com", "::ffff:0.0.0.0", ""];

  test.each(elsewhere)("the Function URL and Bedrock's stand-in refuse, and say why: %j", async (host) => {
    const url = startFunctionUrl({
      host,
      region: "us-east-1",
      credentials: () => undefined,
      invoke: () => Promise.reject(new Error("never")),
    });
    await expect(url).rejects.toThrow(/Cannot listen on .*loopback alone/);
    await expect(startBedrock({ host })).rejects.toThrow(/Cannot listen on .*loopback alone/);
  });

  test.each([["--host", "0.0.0.0"], ["--host=0.0.0.0"], ["--bind=::"], ["--listen", "10.0.0.1"]])(
    "npm start refuses, and says why: %s",
    (...args) => {
      expect(() => readOptions(args.filter((argument) => argument !== undefined))).toThrow(OptionError);
      expect(() => readOptions(args)).toThrow(/listens on 127\.0\.0\.1 alone/);
    },
  );
});
