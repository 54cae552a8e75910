// Starts the product's ways to deliver an answer, on the benchmark's upstream, and ends them afterwards.
import { join } from "node:path";
import { inventCredentials } from "../../../lib/local/execution-role.ts";
import { startStack, type Stack, type StackOptions } from "../../../lib/local/stack.ts";
import { bundleJavaScript } from "../bundles.ts";
import type { JavaScriptContender } from "../contenders.ts";
import type { Bench } from "../stages/with-contender.ts";
import {
  caller,
  httpDeliveries,
  keptDelivery,
  messageDeliveries,
  region,
  type Delivery,
} from "./delivery.ts";

/** The first delivery is the Function URL. Messages are measured with the intervals of serverless.yml and without. */
export async function withDeliveries<T>(
  bench: Bench,
  folder: string,
  use: (deliveries: Delivery[]) => Promise<T>,
): Promise<T> {
  const closers: (() => unknown)[] = [];
  async function start(own: Partial<StackOptions> = {}): Promise<Stack> {
    const variables = { ...options.variables, ...own.variables };
    const stack = await startStack({ ...options, ...own, variables });
    closers.unshift(() => stack.close());
    return stack;
  }
  function messages(stack: Stack, suffix: string): Delivery[] {
    const { deliveries, close } = messageDeliveries(stack, suffix);
    closers.unshift(close);
    return deliveries;
  }
  const options = await stackOptions(bench, folder);
  try {
    const stack = await start();
    const { taskRoot } = await bundleHandler("function-url", folder, { answerStore: true });
    const keeping = await start({ taskRoot, answerStore: {} });
    const withoutInterval = await start({ variables: { DELTAPIPE_PUSH_INTERVAL_MS: "0" } });
    return await use([
      ...httpDeliveries(stack),
      keptDelivery(keeping),
      ...messages(stack, ""),
      ...messages(withoutInterval, ", interval 0"),
    ]);
  } finally {
    for (const close of closers) await close();
  }
}

async function stackOptions({ nodeExecutable, upstream }: Bench, folder: string): Promise<StackOptions> {
  const url = await bundleHandler("function-url", folder);
  const role = inventCredentials();
  return {
    callers: [caller],
    region,
    nodeExecutable,
    bedrock: {
      kind: "aws",
      credentials: async () => role,
      variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.plain },
    },
    variables: { DELTAPIPE_MODELS: "bench=bench.model" },
    taskRoot: url.taskRoot,
    service: url.settings,
    webSocket: await bundleHandler("websocket", folder),
    appSync: await bundleHandler("appsync", folder),
  };
}

async function bundleHandler(name: string, folder: string, { answerStore = false } = {}) {
  const contender: JavaScriptContender = {
    name,
    entry: `handlers/${name}.ts`,
    bundle: "deployed",
    answerStore,
    needs: [],
    textOf: String,
  };
  const { taskRoot, handler } = await bundleJavaScript(
    contender,
    join(folder, `delivery-${name}${answerStore ? "-keeping" : ""}`),
  );
  return { taskRoot, settings: { handler } };
}
