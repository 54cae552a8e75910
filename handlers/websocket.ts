// The Lambda function behind the WebSocket API: takes questions from connections, and answers them in messages.
//
// API Gateway waits at most 29 seconds for an invocation. The invocation that gets a question therefore only hands it over to a
// second, asynchronous invocation of the same function, which answers the question.
import type { APIGatewayProxyWebsocketEventV2, Context } from "aws-lambda";
import { connectAnswerStore, storeVariables } from "../lib/answer-store/index.ts";
import { answerQuestion, cancelAnswer, refuseQuestion, type Delivery } from "../lib/push/answer-question.ts";
import { connectToSelf, type Job } from "../lib/push/invoke-self.ts";
import { connectToCallers, endpointVariable } from "../lib/push/post-to-connection.ts";
import { readQuestion, type Question } from "../lib/push/question.ts";
import { connectBedrock } from "../lib/stream/bedrock/call-bedrock.ts";
import { shownError } from "../lib/stream/converse-error.ts";
import { logOther, type RequestFacts } from "../lib/stream/log.ts";
import { ownerOf, type IamCaller } from "../lib/stream/owner.ts";
import { checkRequest } from "../lib/stream/request/check-request.ts";
import { readConfiguration } from "../lib/stream/settings/configuration.ts";

const { [endpointVariable]: _, ...variables } = process.env;
const configuration = readConfiguration(variables, storeVariables);
const callBedrock = connectBedrock(configuration.times, process.env, () =>
  checkRequest('{"prompt":"Hello"}', configuration),
);
const connectionOf = connectToCallers(configuration.times, process.env);
const invokeSelf = connectToSelf(configuration.times, process.env);
const store = connectAnswerStore(configuration);

/** API Gateway sets `identity` because the handshake is signed, but the type in `@types/aws-lambda` lacks it. */
type WebSocketEvent = APIGatewayProxyWebsocketEventV2 & {
  requestContext: { identity?: IamCaller };
};

export async function handler(
  event: WebSocketEvent | { job: Job },
  context: Context,
): Promise<{ statusCode: number }> {
  const startedAt = performance.now();
  if ("job" in event) await answer(event.job, startedAt, context);
  else if (event.requestContext?.routeKey === "$default") await takeQuestion(event, startedAt, context);
  else if (event.requestContext?.routeKey === "$connect") logConnection(event, startedAt, context);
  else {
    throw new Error(
      "Cannot answer this event: it is not from the route $connect or $default of the WebSocket API; send a message on a connection instead",
    );
  }
  return { statusCode: 200 };
}

function logConnection(event: WebSocketEvent, startedAt: number, context: Context): void {
  const totalMs = Math.round(performance.now() - startedAt);
  logOther("connection", factsOf(fromEvent(event), context), { status: 200, totalMs });
}

/** Errors go to the caller and the log instead of being thrown. Otherwise the caller would also get API Gateway's own error. */
async function takeQuestion(event: WebSocketEvent, startedAt: number, context: Context): Promise<void> {
  const question = readQuestion(event.body ?? "", {
    maxBytes: configuration.maxRequestBytes,
    store,
    owner: ownerOf(event.requestContext.identity),
  });
  const { id, body, keyed } = question;
  const job = { ...fromEvent(event), ...(id !== undefined && { id }), body, ...(keyed && { keyed }) };
  const delivery = deliveryOf(job, question, { startedAt, context });
  // A cancellation is quick, and must not wait for another execution environment.
  if (keyed?.action) return cancelAnswer(keyed, delivery);
  try {
    if (question.refusal) throw question.refusal;
    await invokeSelf(job);
  } catch (error) {
    await refuseQuestion(shownError(error), delivery);
  }
}

async function answer(job: Job, startedAt: number, context: Context): Promise<void> {
  await answerQuestion(job, callBedrock, deliveryOf(job, {}, { startedAt, context }));
}

function fromEvent({ requestContext: { connectionId, identity } }: WebSocketEvent) {
  return { connectionId, ...(identity?.userArn && { callerArn: identity.userArn }) };
}

interface Invocation {
  startedAt: number;
  context: Context;
}

function deliveryOf(
  job: Job,
  { action }: Pick<Question, "action">,
  { startedAt, context }: Invocation,
): Delivery {
  const { connectionId, id } = job;
  return {
    publish: connectionOf(connectionId),
    header: { id, ...(action && { action }) },
    facts: factsOf(job, context),
    configuration,
    store,
    startedAt,
    timeoutAt: startedAt + context.getRemainingTimeInMillis(),
  };
}

function factsOf(
  { connectionId, callerArn }: Pick<Job, "connectionId" | "callerArn">,
  { awsRequestId: requestId }: Context,
): RequestFacts {
  return { requestId, operation: "WebSocket", callerArn, connectionId, model: undefined };
}
