// Mistakes in the options and settings of `npm start`: each is reported in one sentence, with exit code 2.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { OptionError } from "../../scripts/options.ts";
import { checkModel } from "../../scripts/start/first-model.ts";
import { readLocalBedrock } from "../../scripts/start/local-bedrock.ts";
import { readStartOptions } from "../../scripts/start/start-options.ts";
import { anyPorts, start } from "../support/processes/start-command.ts";

describe("npm start", () => {
  test("npm start reports a port in use in one sentence, with exit code 2", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = String((server.address() as AddressInfo).port);
    for (const [option, args] of [
      ["--port", ["--port", port, "--once"]],
      ["--bedrock-port", ["--bedrock-port", port, "--once"]],
      ["--websocket-port", ["--websocket-port", port, "--once"]],
      ["--appsync-port", ["--appsync-port", port, "--once"]],
      ["--page-port", ["--page-port", port]],
    ] as const) {
      const run = start([...anyPorts, ...args]);
      expect(await run.exit).toBe(2);
      expect(run.output()).toMatch(
        new RegExp(`^Cannot start: port ${port} is taken.*, or choose another with ${option}\n$`),
      );
      if (["linux", "darwin"].includes(process.platform)) {
        expect(run.output()).toMatch(
          new RegExp(`taken by process ${process.pid} \\(.+\\); stop it with kill ${process.pid},`),
        );
      }
    }
    server.close();
  });

  test.each([
    [["--port", "x"], /^Cannot start: --port is "x"; give a whole number from 0 to 65535$/],
    [["--model", "none"], /^Cannot start: --model is "none"; choose from local\.story, .* and \d+ more$/],
    [
      ["--model-server", "http://127.0.0.1:1/v1", "--model-server-key", "sk-secret"],
      /^Cannot list the models of http:\/\/127\.0\.0\.1:1\/v1: cannot connect \(ECONNREFUSED\); start the model server, or correct the URL$/,
    ],
    [["--answers", "nowhere.json"], /^Cannot read nowhere\.json: there is no such file; check the path$/],
    [["--answers", "package.json"], /^Cannot use package\.json: Give a list of answers$/],
    [["--bedrock", "aws"], /^Cannot find AWS credentials for --bedrock aws: .*; run aws configure/],
  ])("npm start reports the options %j in one sentence, with exit code 2", async (args, sentence) => {
    const run = start(args);
    expect(await run.exit).toBe(2);
    const output = run.output();
    expect(output).toMatch(/^.+\n$/);
    expect(output.trimEnd()).toMatch(sentence);
  });

  test("npm start reports a wrong setting of the function in one sentence, with exit code 2", async () => {
    const run = start([...anyPorts, "--once"], { variables: { DELTAPIPE_MAX_TOKENS: "many" } });
    expect(await run.exit).toBe(2);
    expect(run.output()).toMatch(
      /^Cannot start: DELTAPIPE_MAX_TOKENS is "many"; set it to a whole number.*\n$/,
    );
  });
});

// These mistakes are reported in the same way as those above, so they are tested without a child process.
describe("the options", () => {
  test.each([
    [["--concurrency", "0"], /^Cannot start: --concurrency is "0"/],
    [["--verbose"], /^Cannot start: unknown option '--verbose'; npm start -- --help lists the options$/],
    [["--port"], /^Cannot start: option '--port.*--help/],
    [["story"], /^Cannot start: unexpected argument 'story'.*--help/],
    [["--bedrock", "gcp"], /^Cannot start: --bedrock is "gcp"; give local, aws or the URL of an endpoint$/],
    [["--bedrock-client", "SDK"], /^Cannot start: --bedrock-client is "SDK"; choose from built-in, sdk$/],
    [
      ["--port", "9212", "--bedrock-port", "9212"],
      /^Cannot start: --port and --bedrock-port are both 9212; /,
    ],
    [
      ["--port", "9001"],
      /^Cannot start: --port and --bedrock-port are both 9001; .*defaults: .*9000, .*9001/,
    ],
    [["--bedrock-port", "9002"], /^Cannot start: --websocket-port and --bedrock-port are both 9002; /],
    [["--bedrock-port", "9003"], /^Cannot start: --appsync-port and --bedrock-port are both 9003; /],
    [["--page-port", "9000"], /^Cannot start: --port and --page-port are both 9000; /],
    [
      ["--bedrock", "aws", "--pace", "5"],
      /^Cannot start: --pace is an option of the local Bedrock, and --bedrock is "aws"; /,
    ],
    [["--alias", "local.story"], /^Cannot start: --alias is "local\.story"; give ID=MODEL, such as /],
    [
      ["--model-server", "11434"],
      /^Cannot start: --model-server is "11434"; give the URL of a chat completions API/,
    ],
    [["--model-server", "http://10.0.0.5:11434/v1"], /; use https, as http would send prompts unencrypted/],
    [
      ["--model-server", "https://me:secret@example.com/v1"],
      /a URL with a user name or password; .*--model-server-key$/,
    ],
    [
      ["--model-server-key", "sk-secret"],
      /^Cannot start: --model-server-key is set without --model-server; /,
    ],
    [
      ["--model-server", "http://localhost:1/v1", "--model-server-key", "sk secret"],
      /^Cannot start: the model server's key contains spaces.*; copy it again$/,
    ],
    [
      ["--bedrock", "aws", "--model-server", "http://localhost:1/v1"],
      /^Cannot start: --model-server is an option of the local Bedrock/,
    ],
    [["--alias", "a.b=local.echo", "--alias", "a.b=local.tool"], /"a\.b=local\.tool"; give a\.b only once$/],
    [
      ["--bedrock", "aws", "--alias", "*=local.story"],
      /^Cannot start: --alias is an option of the local Bedrock/,
    ],
  ])("the options %j are rejected", (args, sentence) => {
    expect(() => readStartOptions(args)).toThrow(OptionError);
    expect(() => readStartOptions(args)).toThrow(sentence);
    expect(() => readStartOptions(args)).not.toThrow(/secret/);
  });

  test.each([
    [["--model", "local.storry"], /choose from local\.story, /],
    [
      ["--bedrock", "aws", "--model", "local.story"],
      /^Cannot start: --model is .*; choose from nova-2-lite, gpt-oss-120b$/,
    ],
  ])("the options %j are rejected, and the error lists the models", async (args, sentence) => {
    const checked = checkModel(readStartOptions(args), {}, {});
    await expect(checked).rejects.toThrow(OptionError);
    await expect(checked).rejects.toThrow(sentence);
  });

  test("the options are rejected if an alias has an unknown model, and the error lists the models", async () => {
    const read = readLocalBedrock(readStartOptions(["--alias", "*=local.storry"]));
    await expect(read).rejects.toThrow(OptionError);
    const sentence =
      /^Cannot start: --alias is "\*=local\.storry"; give a model after the =: local\.story, .* and \d+ more$/;
    await expect(read).rejects.toThrow(sentence);
  });
});
