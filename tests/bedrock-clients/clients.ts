// The Bedrock clients behind one interface: each sends a prompt to a model, with or without streaming, and returns the text or
// the error that it threw.
import { fileURLToPath } from "node:url";
import { type StartedProxy, startProxy } from "../../lib/command-line/proxy/start-proxy.ts";
import { hasPythonModule, startPython } from "../support/callers/python-process.ts";
import { caller } from "../support/servers/local-stack.ts";
import { connectAiSdk } from "./ai-sdk.js";
import { connectLangChain } from "./langchain.js";
import { connectStrands } from "./strands.js";

export type Operation = "ConverseStream" | "Converse";

/** The text of a complete answer, or what the client threw. */
export interface Outcome {
  text?: string;
  error?: ThrownError;
}

/** The exception's name and the response's status, if the client's error has them. */
export interface ThrownError {
  name?: string | undefined;
  status?: number | null | undefined;
}

export interface BedrockClient {
  ask(operation: Operation, modelId: string, prompt: string): Promise<Outcome>;
  close(): Promise<void>;
}

export interface ClientUnderTest {
  name: string;
  isInstalled: boolean;
  /** What a test can check in the client's errors: the exception's name, the response's status, or neither. */
  reports: "name" | "status" | "neither";
  /** Whether the client can read an answer with redacted reasoning. */
  readsRedacted(operation: Operation): boolean;
  connect(url: string): Promise<BedrockClient>;
}

export const clients: ClientUnderTest[] = [
  fromNpm("AI SDK", connectAiSdk, "status"),
  fromNpm("LangChain for JavaScript", connectLangChain),
  fromNpm("Strands for TypeScript", connectStrands),
  {
    ...fromPyPi("LangChain for Python", "LangChain", "langchain_aws"),
    readsRedacted: (operation) => operation === "Converse",
  },
  fromPyPi("Strands for Python", "Strands", "strands"),
  {
    ...fromPyPi("LiteLLM through the signing proxy", "LiteLLM", "litellm"),
    reports: "neither",
    connect: connectThroughProxy,
  },
];

interface Connected {
  stream(modelId: string, prompt: string): Promise<string>;
  converse(modelId: string, prompt: string): Promise<string>;
  errorOf(error: unknown): ThrownError;
}

function fromNpm(
  name: string,
  connect: (url: string) => Connected,
  reports: ClientUnderTest["reports"] = "name",
): ClientUnderTest {
  return {
    name,
    isInstalled: true,
    reports,
    readsRedacted: () => true,
    async connect(url) {
      const { stream, converse, errorOf } = connect(url);
      return {
        ask: (operation, modelId, prompt) =>
          (operation === "Converse" ? converse : stream)(modelId, prompt).then(
            (text) => ({ text }),
            (error: unknown) => ({ error: errorOf(error) }),
          ),
        close: async () => {},
      };
    },
  };
}

const script = fileURLToPath(new URL("python-clients.py", import.meta.url));

function fromPyPi(name: string, client: string, module: string): ClientUnderTest {
  return {
    name,
    isInstalled: hasPythonModule(module),
    reports: "name",
    readsRedacted: () => true,
    connect: async (url) => connectPython(client, url),
  };
}

function connectPython(client: string, url: string): BedrockClient {
  // Without this variable, LiteLLM would download a list of prices.
  const python = startPython<Outcome>([script, client, url], { LITELLM_LOCAL_MODEL_COST_MAP: "True" });
  return {
    ask: (operation, model, prompt) => python.ask({ model, prompt, streaming: operation !== "Converse" }),
    close: python.close,
  };
}

async function connectThroughProxy(url: string): Promise<BedrockClient> {
  const service = { url: new URL(url), region: "us-east-1", credentials: caller };
  const proxy: StartedProxy = await startProxy({ ...service, port: 0 });
  // LiteLLM adds a slash between the endpoint and the path, so the endpoint must not end with one.
  const python = connectPython("LiteLLM", proxy.url.replace(/\/$/, ""));
  return {
    ask: python.ask,
    async close() {
      await python.close();
      await proxy.close();
    },
  };
}
