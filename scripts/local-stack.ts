// The local stack on the command line: starts it, streams a first answer, then serves until Ctrl-C.
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Credentials } from "../lib/local/execution-role.ts";
import { startStack, type Stack, type StackOptions } from "../lib/local/stack.ts";
import { findAwsAccount } from "./aws-account.ts";
import { streamFirstAnswer } from "./first-answer.ts";
import { help, OptionError, readOptions, type LocalOptions } from "./local-options.ts";
import { createRequestLog } from "./request-log.ts";
import { howToUse } from "./how-to-use.ts";

/** For trying a request that is signed with temporary credentials, as roles and SSO give them. */
const temporaryCaller: Credentials = {
  accessKeyId: "local-temporary",
  secretAccessKey: "local",
  sessionToken: "local-session",
};
/** The answer is whole a moment before its request is over. */
const lineWithinMs = 1000;
const defaultPrompt = "Tell me a story about a lighthouse";

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(options: LocalOptions): Promise<number> {
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const account = options.bedrock === "aws" ? await findAwsAccount() : undefined;
  const region = account?.region ?? "us-east-1";
  // With the real Bedrock a well-known secret would let any process on this machine spend the developer's money.
  const caller: Credentials = {
    accessKeyId: "local",
    secretAccessKey: account ? randomBytes(24).toString("base64url") : "local",
  };
  const requestLog = createRequestLog((line) => console.log(line));
  const stack = await start(options, {
    ...requestLog,
    callers: account ? [caller] : [caller, temporaryCaller],
    region,
    bedrock: account
      ? { kind: "aws", credentials: account.credentials }
      : { kind: "local", options: { port: options.bedrockPort, deltasPerSecond: options.pace } },
  });
  const { model, prompt = defaultPrompt } = options;
  const target = { url: stack.url, region, credentials: caller };
  const endedWell = await streamFirstAnswer({ ...target, model, prompt, signal: stop.signal });
  await Promise.race([requestLog.firstShown, setTimeout(lineWithinMs, undefined, { ref: false })]);
  if (!options.once && !stop.signal.aborted) {
    console.log(howToUse({ ...target, bedrockUrl: stack.bedrock?.url }));
    await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  }
  await stack.close();
  return endedWell ? 0 : 1;
}

/** Throws `OptionError` for what the developer can mend: a port that is taken, a setting that is none. */
async function start(
  options: LocalOptions,
  rest: Pick<StackOptions, "callers" | "region" | "bedrock" | "onLog" | "onRequest">,
): Promise<Stack> {
  // DELTAPIPE_URL is the command line's, and the function refuses what it does not know.
  const variables = Object.entries(process.env).filter(
    ([name]) => name.startsWith("DELTAPIPE_") && name !== "DELTAPIPE_URL",
  );
  try {
    return await startStack({
      ...rest,
      port: options.port,
      concurrency: options.concurrency,
      variables: Object.fromEntries(variables) as Record<string, string>,
    });
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== "EADDRINUSE") throw error;
    const option = port === options.port ? "--port" : "--bedrock-port";
    throw new OptionError(`Port ${port} is taken: stop what uses it, or choose another with ${option}`);
  }
}
