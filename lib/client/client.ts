// Client for one deployed service: takes a request, returns the answer as a stream.
import type { ConverseRequest, ServedModel } from "../wire.ts";
import { checkCredentials, type Credentials, type CredentialsProvider } from "../signer/credentials.ts";
import { parseEndpoint, regionOf } from "../signer/signing-scope.ts";
import { checkNumber } from "./check-number.ts";
import { ConfigurationError } from "./errors.ts";
import { loadOnDemand, type OnDemand } from "./load-on-demand.ts";
import { checkRetryOptions, type RetryOptions, type RetryPolicy } from "./retry.ts";
import { createStream } from "./answer-stream.ts";
import type { ConverseStream } from "./converse-stream.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { ObjectStream } from "./structured/object-answer.ts";
import type { PartialObject } from "./structured/partial-object.ts";
import type { Schema } from "./structured/schema.ts";
import { structuredAnswer, structuredBody } from "./structured/structured-answer.ts";
import type { ToolCallOf } from "./structured/tool-call.ts";
import type { Structure, ToolDefinitions, ToolRequest } from "./structured/tools.ts";
import type { Platform } from "./platform.ts";
import type { ShortCall } from "./short-call.ts";
import type { Ask } from "./resume/resumable-answer.ts";
import { type OpenedStream, openStream, requestText, type Transport } from "./transport.ts";

/** Options of `createClient`. Only `url` and `credentials` are required. */
export interface ClientOptions {
  /** The Function URL. Must be https, except for the local stack on this machine. */
  url: string | URL;
  /** Credentials, or a function that returns them. The function is called before each attempt. */
  credentials: Credentials | CredentialsProvider;
  /** Region to sign for, such as `eu-west-1`. Default: the Region in the Function URL. Required for any other host. */
  region?: string | undefined;
  /**
   * Node only: an undici dispatcher. Behind a proxy, `new EnvHttpProxyAgent()` follows HTTPS_PROXY, HTTP_PROXY
   * and NO_PROXY. Leave out the dispatcher for a service on this machine, because undici would send those requests to the
   * proxy too. Default: a connection pool that all clients of this process share, without a proxy.
   * https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent
   */
  dispatcher?: Dispatcher | undefined;
  /** Retries before the first line of the answer, as options or as the number of retries. Default: 2. */
  retry?: RetryOptions | number | undefined;
  /**
   * Milliseconds to wait for the response's headers. The service itself waits up to 180 s for Bedrock. The body of an
   * error response may take the same time again, but at most 5 s. Default: 200,000.
   */
  firstByteTimeout?: number | undefined;
  /**
   * Milliseconds without data after which the stream fails. Accurate to about a second. Time during which the service
   * waits because your loop reads slowly does not count. The service sends a `ping` every 10 s. Default: 60,000.
   */
  idleTimeout?: number | undefined;
  /**
   * Goes on with an answer whose connection was lost, as if nothing had happened. The service has to keep answers
   * (`answerRetentionMinutes`). See {@link Client.converse}. Default: `false`.
   */
  resume?: boolean | undefined;
  /**
   * With `resume`: milliseconds without a new line for which the client tries to restore a lost connection. Default: 120,000.
   */
  resumeTimeout?: number | undefined;
  /** The most bytes that one line of the stream may have. Limits the client's memory. Default: 33,554,432 (32 MiB). */
  maxLineLength?: number | undefined;
}

/** Options of one call of {@link Client.converse}. All but `signal` override the client's options for this call. */
export interface ConverseOptions {
  /**
   * Aborts the request and closes the connection. Any number of requests may share one signal.
   * `AbortSignal.timeout(milliseconds)` limits the time of the complete answer.
   */
  signal?: AbortSignal | undefined;
  /** Retries before the first line of the answer, as options or as the number of retries. */
  retry?: RetryOptions | number | undefined;
  /** Milliseconds to wait for the response's headers. */
  firstByteTimeout?: number | undefined;
  /** Milliseconds without data after which the stream fails. */
  idleTimeout?: number | undefined;
  /** Whether to go on with the answer if its connection is lost. */
  resume?: boolean | undefined;
  /** With `resume`: milliseconds for which the client tries to restore a lost connection. */
  resumeTimeout?: number | undefined;
}

/** Options of a call whose response is short. */
export type ShortCallOptions = Pick<ConverseOptions, "signal" | "retry" | "firstByteTimeout">;

/** A client for one deployed service, made by `createClient`. */
export interface Client {
  /**
   * Sends the request at once and returns its answer, which arrives later. The request has the members of Bedrock's
   * ConverseStream:
   * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
   *
   * The client retries connections that could not be made, and error responses that the service marks `retryable`. If such
   * a response has the status 424, 502 or 504, Bedrock may have worked on the request already, and may bill the retry as
   * well. Without `resume`, the client never retries a connection that was lost after the request was sent, or anything after
   * the first line.
   *
   * Two members of the request are the client's own. `schema` is a Standard Schema or a JSON Schema for the answer's text:
   * it becomes `outputConfig.textFormat`, and the answer can be read as an object (see {@link ObjectStream}). `tools` are
   * tools with schemas for their inputs: they become `toolConfig`, and the result's `toolCalls` have types. Both are read
   * shortly after this call, so do not change them before the answer begins.
   *
   * With the option `resume`, the client sends an `idempotencyKey` (a new UUID, unless the request has one). If the
   * connection is lost, even before the answer begins, the client asks the service for the lines that are missing: the
   * loop and `result()` see one answer, and Bedrock is called once. If the answer cannot be resumed, it fails with
   * {@link StreamCutError}, whose `cause` is the reason. With `resume`, aborting the answer or exiting its loop also stops
   * the answer on the service. Another process can read the same answer if it sends the same request with the same
   * `idempotencyKey`: from the beginning of the answer, or from `fromLine` on.
   *
   * Throws {@link ConfigurationError} if the request is not an object or cannot be written as JSON, or if an option cannot be
   * used. All other errors come from the answer.
   *
   * @example
   * const client = createClient({ url: "http://127.0.0.1:9000/", region: "us-east-1", credentials });
   * const { message } = await client.converse({ prompt: "Why is the sky blue?" }).result();
   *
   * const inputSchema = { type: "object", properties: { city: { type: "string" } } };
   * const tools = { get_weather: { description: "The weather in a city", inputSchema } };
   * const { toolCalls } = await client.converse({ prompt: "Is it raining in Reykjavík?", tools }).result();
   */
  converse<Output = unknown, Input = Output>(
    request: ConverseRequest & { schema: Schema<Input, Output>; tools?: undefined },
    options?: ConverseOptions,
  ): ObjectStream<Output, PartialObject<Input>>;
  converse<Output, Input, Definitions extends ToolDefinitions>(
    request: ToolRequest<Definitions> & { schema: Schema<Input, Output> },
    options?: ConverseOptions,
  ): ObjectStream<Output | undefined, PartialObject<Input>, ToolCallOf<Definitions>>;
  converse<Definitions extends ToolDefinitions>(
    request: ToolRequest<Definitions> & { schema?: undefined },
    options?: ConverseOptions,
  ): ConverseStream<ToolCallOf<Definitions>>;
  converse(
    request: ConverseRequest & { schema?: undefined; tools?: undefined },
    options?: ConverseOptions,
  ): ConverseStream;

  /**
   * Lists the models that callers of this service may use, in the order of the service's list. Calls no model and costs no
   * tokens.
   *
   * Rejects with a subclass of {@link DeltapipeError}: {@link RequestError} with the code `NotFound` if the service is
   * too old to list its models, {@link AbortError} or {@link TimeoutError} if the signal aborts, and otherwise the errors
   * that can occur before an answer begins.
   *
   * @example
   * const client = createClient({ url: "http://127.0.0.1:9000/", region: "us-east-1", credentials });
   * const served = await client.models();
   * const usual = served.find((model) => model.default)?.name;
   */
  models(options?: ShortCallOptions): Promise<ServedModel[]>;

  /**
   * Stops the answer to the request with this `idempotencyKey`. Another process may have sent that request, but it must
   * have been signed for the same caller. All who read the answer get a {@link StreamFailedError} with the code `Cancelled`.
   * Resolves with `false` if the answer had already ended.
   *
   * Rejects with a subclass of {@link DeltapipeError}: {@link RequestError} with the code `AnswerNotFound` if no such
   * answer is kept, or with `InvalidRequest` if the service keeps no answers; {@link AbortError} or
   * {@link TimeoutError} if the signal aborts; and otherwise the errors that can occur before an answer begins.
   *
   * @example
   * const client = createClient({ url: "http://127.0.0.1:9000/", region: "us-east-1", credentials });
   * const idempotencyKey = crypto.randomUUID();
   * const answer = client.converse({ prompt: "Why is the sky blue?", idempotencyKey });
   * for await (const text of answer.textStream()) if (text.includes("light")) break;
   * const cancelled = await client.cancel(idempotencyKey);
   */
  cancel(idempotencyKey: string, options?: ShortCallOptions): Promise<boolean>;
}

/** Makes a client that sends and signs its requests with the given platform. */
export function clientOn(platform: Platform, options: ClientOptions): Client {
  const url = parseEndpoint(options.url);
  if (typeof options.credentials !== "function") checkCredentials(options.credentials);
  platform.checkDispatcher(options.dispatcher);
  const transport: Transport & Limits = {
    platform,
    url,
    scope: { service: "lambda", region: regionOf(url, options.region) },
    credentials: options.credentials,
    dispatcher: options.dispatcher,
    maxLineLength: checkNumber(options.maxLineLength ?? 32 * 1024 * 1024, "maxLineLength", 1),
    ...checkLimits(options),
  };

  function transportFor(call: LimitOptions): Transport & Limits {
    return { ...transport, ...checkLimits(call, transport) };
  }

  function converse(request: ConverseRequest & Structure, call: ConverseOptions = {}): ConverseStream {
    const { schema, tools, idempotencyKey, fromLine, ...rest } = checkRequest(request);
    const structure = schema || tools ? { schema, tools } : undefined;
    const { resume = options.resume } = call;
    const written = writeBody(resume ? rest : { ...rest, idempotencyKey, fromLine });
    const limited = transportFor(call);
    async function open(signal: AbortSignal): Promise<OpenedStream> {
      const body = structure ? await structuredBody(written, structure) : written;
      const ask: Ask = (text, isWhole, limits) =>
        openStream({ ...limited, ...limits }, text, isWhole, signal);
      if (!resume) return ask(body, !fromLine);
      const resumable = { ...limited, body, idempotencyKey, fromLine, signal, ask, cancel };
      return (await loadOnDemand()).openResumable(resumable);
    }
    const answer = createStream({ open, signal: call.signal });
    return structure ? structuredAnswer(answer, structure) : answer;
  }

  /** Makes a call whose response is short, with code that is loaded on demand. */
  async function callWith<T>(
    { signal, ...limits }: ShortCallOptions = {},
    run: (code: OnDemand, call: ShortCall) => Promise<T>,
  ): Promise<T> {
    const limited = transportFor(limits);
    return run(await loadOnDemand(), {
      url,
      signal,
      request: (request) => requestText(limited, request, signal),
    });
  }

  const models: Client["models"] = (call) => callWith(call, (code, short) => code.listModels(short));
  const cancel: Client["cancel"] = (idempotencyKey, call) =>
    callWith(call, (code, short) => code.cancelAnswer(idempotencyKey, short));

  return { converse: converse as Client["converse"], models, cancel };
}

const defaultLimits = { firstByteTimeout: 200_000, idleTimeout: 60_000, resumeTimeout: 120_000 };
/** In milliseconds. */
type TimeLimits = typeof defaultLimits;
interface Limits extends TimeLimits {
  policy: RetryPolicy;
}

type LimitOptions = Pick<ClientOptions, keyof TimeLimits | "retry">;

function checkLimits(given: LimitOptions, otherwise: TimeLimits & Partial<Limits> = defaultLimits): Limits {
  const limits = { policy: checkRetryOptions(given.retry, otherwise.policy) } as Limits;
  for (const option of Object.keys(defaultLimits) as (keyof TimeLimits)[]) {
    limits[option] = checkNumber(given[option] ?? otherwise[option], option, 1);
  }
  return limits;
}

function checkRequest<Request>(request: Request): Request {
  if (typeof request === "object" && request !== null) return request;
  throw new ConfigurationError(
    'Cannot send this request: it is not an object; pass one such as { prompt: "…" }',
  );
}

/** Runs before `converse` returns, so that the caller may change the messages right afterwards. */
function writeBody(request: object): string {
  try {
    return JSON.stringify(request);
  } catch (cause) {
    throw new ConfigurationError(
      "Cannot send this request: it cannot be written as JSON; remove bigints and circular references",
      { cause },
    );
  }
}
