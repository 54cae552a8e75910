#!/usr/bin/env node
// The program `deltapipe`: runs a command, and reports a failure in one sentence and an exit code.
import { createRequire } from "node:module";
import { ask } from "./ask.ts";
import { cancel } from "./cancel.ts";
import { chat } from "./chat.ts";
import { describeFailure } from "./command-failure.ts";
import { helpText } from "./help.ts";
import { type Command, readCommand } from "./command-options.ts";
import { models } from "./print-models.ts";
import { endQuietlyWithoutReader, printable } from "./terminal.ts";
import { page } from "./page.ts";
import { proxy } from "./proxy.ts";
import { sign } from "./sign.ts";

// Turns off the SDK's warning that Node 20 is deprecated, because it would appear in the middle of an answer.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

endQuietlyWithoutReader();
try {
  await run(readCommand(process.argv.slice(2)));
} catch (error) {
  const { sentence, exitCode } = describeFailure(error);
  process.stderr.write(`${printable(sentence)}\n`);
  process.exitCode = exitCode;
}

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "ask":
      return ask(command);
    case "chat":
      return chat(command);
    case "cancel":
      return cancel(command);
    case "models":
      return models(command);
    case "sign":
      return sign(command);
    case "proxy":
      return proxy(command);
    case "page":
      return page(command);
    case "help":
      return void process.stdout.write(helpText);
    case "version":
      return void process.stdout.write(`${version()}\n`);
  }
}

/** Finds `package.json` by the package's name, because the sources and the built files are at different depths. */
function version(): string {
  const require = createRequire(import.meta.url);
  return (require("deltapipe/package.json") as { version: string }).version;
}
