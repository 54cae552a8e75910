// Runs the local stack on the command line: starts the stack, streams a first answer, and then serves requests until Ctrl-C.
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { StartedPage } from "../../lib/command-line/page/start-page.ts";
import type { AwsCredentials } from "../../lib/local/execution-role.ts";
import { FunctionFailed } from "../../lib/local/invocation.ts";
import { ServiceFileError } from "../../lib/local/service-file.ts";
import { startStack, type Stack, type StackOptions } from "../../lib/local/stack.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { findAwsAccount } from "./aws-account.ts";
import { streamFirstAnswer } from "./first-answer.ts";
import { checkModel } from "./first-model.ts";
import { readStartOptions, startHelp, type StartOptions } from "./start-options.ts";
import { createRequestLog } from "./request-log.ts";
import { createHeldOutput } from "./held-output.ts";
import { describeServedModels } from "./served-models.ts";
import { howToUse } from "./how-to-use.ts";
import { readLocalBedrock } from "./local-bedrock.ts";
import { openPage, type PageSettings } from "./open-page.ts";
import { onNpmGone } from "./npm-process.ts";
import { findPortHolder } from "./port-holder.ts";
import { OptionError } from "../options.ts";
import { runScript } from "../run-script.ts";

/** The exit code that shells use for a program that was ended by Ctrl-C. */
const interruptedCode = 130;
/** With these keys, users can try requests with temporary credentials, such as those that roles and SSO issue. */
const temporaryCaller: AwsCredentials = {
  accessKeyId: "local-temporary",
  secretAccessKey: "local",
  sessionToken: "local-session",
};
/** The longest wait for the log line of the first request. The line is printed a moment after the answer is complete. */
const lineWithinMs = 5000;
/** The longest time from Ctrl-C to the exit. */
const exitWithinMs = 1500;
const defaultPrompt = "Tell me a story about a lighthouse";

await runScript({ help: startHelp, readOptions: readStartOptions, main });

async function main(options: StartOptions): Promise<number> {
  const stop = new AbortController();
  stopWithParent(stop);
  exitSoonAfter(stop, options.once ? interruptedCode : 0);
  const settings = functionSettings();
  const localBedrock = await readLocalBedrock(options);
  await checkModel(options, settings, localBedrock);
  if (options.modelServer) console.log(describeServedModels(options.modelServer.url, localBedrock));
  const account = options.bedrock === "local" ? undefined : await findAwsAccount(options.bedrock);
  const region = account?.region ?? "us-east-1";
  // With the real Bedrock, a well-known secret would let any process on this machine spend the developer's money.
  const caller: AwsCredentials = {
    accessKeyId: "local",
    secretAccessKey: account ? randomBytes(24).toString("base64url") : "local",
  };
  const callers = account ? [caller] : [caller, temporaryCaller];
  const apiKey = account ? `da2-${randomBytes(13).toString("hex")}` : "da2-local";
  const print = createHeldOutput();
  const requestLog = createRequestLog(print.line);
  const stack = await start(options, {
    ...requestLog.functionUrl,
    webSocket: { ...requestLog.webSocket, port: options.webSocketPort },
    appSync: { ...requestLog.appSync, port: options.appSyncPort, apiKey },
    variables: settings,
    answerStore: {},
    callers,
    region,
    bedrock: account
      ? { kind: "aws", credentials: account.credentials, variables: account.variables }
      : { kind: "local", options: { ...localBedrock, ...(options.checkKeys && { onlyKeys: callers }) } },
  });
  const { model, prompt = defaultPrompt } = options;
  const target = { url: stack.url, region, credentials: caller };
  const servedModels = stack.bedrock && (localBedrock.models ?? {});
  const page = options.once
    ? undefined
    : await startPage(options, stack, { ...target, servedModels }, print.line);
  if (page) console.log(`Page              ${page.address}  to open in a browser\n`);
  const succeeded = await streamFirstAnswer({ ...target, model, prompt, signal: stop.signal });
  print.release();
  await Promise.race([requestLog.firstShown, setTimeout(lineWithinMs, undefined, { ref: false })]);
  if (!options.once && !stop.signal.aborted) {
    console.log(
      howToUse({
        ...target,
        pageAddress: page?.address,
        webSocketUrl: stack.webSocketUrl,
        appSyncUrl: stack.appSyncUrl,
        appSyncRealTimeUrl: stack.appSyncRealTimeUrl,
        appSyncApiKey: apiKey,
        localBedrockUrl: stack.bedrock?.url,
        checkKeys: options.checkKeys,
        endpointUrl: account?.endpointUrl,
      }),
    );
    await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  }
  await page?.close();
  await stack.close();
  if (options.once && stop.signal.aborted) return interruptedCode;
  return succeeded ? 0 : 1;
}

/** Rejects with `OptionError` for problems that the developer can correct, such as a port in use or a wrong setting. */
async function start(
  options: StartOptions,
  rest: Pick<
    StackOptions,
    | "answerStore"
    | "callers"
    | "region"
    | "bedrock"
    | "variables"
    | "onLog"
    | "onRequest"
    | "webSocket"
    | "appSync"
  >,
): Promise<Stack> {
  try {
    const { port, concurrency, bedrockClient } = options;
    return await startStack({
      ...rest,
      port,
      concurrency,
      service: { ...(bedrockClient && { bedrockClient }) },
    });
  } catch (error) {
    throw explained(error, options);
  }
}

/** Closes the stack if the page cannot be started. */
async function startPage(
  options: StartOptions,
  stack: Stack,
  target: Pick<PageSettings, "url" | "region" | "credentials" | "servedModels">,
  onBug: (stack: string) => void,
): Promise<StartedPage> {
  try {
    const { webSocketUrl, appSyncUrl } = stack;
    return await openPage({ ...target, webSocketUrl, appSyncUrl, port: options.pagePort, onBug });
  } catch (error) {
    await stack.close();
    // `explained` needs Node's error, which contains the port. The message of the outer error is meant for `deltapipe page`.
    throw explained((error as Error).cause ?? error, options);
  }
}

/** Checks the settings now. Otherwise, a wrong setting would only be noticed when the function fails at the first request. */
function functionSettings(): Record<string, string> {
  // DELTAPIPE_URL belongs to the command line, and the function rejects settings that it does not know.
  const settings = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith("DELTAPIPE_") && name !== "DELTAPIPE_URL"),
  ) as Record<string, string>;
  try {
    readConfiguration({ DELTAPIPE_MODELS: "local=local", ...settings });
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
  return settings;
}

function explained(error: unknown, options: StartOptions): unknown {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  const [option] = Object.entries({
    "--port": options.port,
    "--bedrock-port": options.bedrockPort,
    "--websocket-port": options.webSocketPort,
    "--appsync-port": options.appSyncPort,
    "--page-port": options.pagePort,
  }).find(([, value]) => value === port) ?? ["--port"];
  if (code === "EADDRINUSE") {
    const holder = findPortHolder(Number(port));
    const [by, end] = holder
      ? [` by process ${holder.id} (${holder.command})`, `stop it with kill ${holder.id}`]
      : ["", "stop the program that uses it"];
    return new OptionError(
      `Cannot start: port ${port} is taken${by}; ${end}, or choose another with ${option}`,
    );
  }
  if (code === "EACCES" && port !== undefined) {
    return new OptionError(
      `Cannot start: port ${port} needs privileges; choose one from 1024 up with ${option}`,
    );
  }
  return error instanceof ServiceFileError || error instanceof FunctionFailed
    ? new OptionError(message)
    : error;
}

/** Exits after Ctrl-C even if something still keeps the process alive. */
function exitSoonAfter(stop: AbortController, code: number): void {
  stop.signal.addEventListener("abort", () => {
    globalThis.setTimeout(() => process.exit(code), exitWithinMs).unref();
  });
}

/** Stops the stack after Ctrl-C, and when npm ends. Otherwise the stack would keep running and keep its ports. */
function stopWithParent(stop: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort());
  onNpmGone(() => stop.abort());
}
