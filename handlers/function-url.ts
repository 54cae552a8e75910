// The Lambda function behind the Function URL: sends an answer as lines or as Bedrock's own operations do, or the list of models.
import type { LambdaFunctionURLEventWithIAMAuthorizer } from "aws-lambda";
import { answerRequest } from "../lib/answer-store/answer-request.ts";
import { connectAnswerStore, storeVariables } from "../lib/answer-store/index.ts";
import { writerFor } from "../lib/http/answer-writer.ts";
import { readRequest } from "../lib/http/keyed-request.ts";
import { routeOf } from "../lib/http/route.ts";
import { isRepeated, requireUrlEvent } from "../lib/http/url-request.ts";
import { UrlResponse } from "../lib/http/url-response.ts";
import { connectBedrock } from "../lib/stream/bedrock/call-bedrock.ts";
import { readConfiguration } from "../lib/stream/settings/configuration.ts";
import { shownError } from "../lib/stream/converse-error.ts";
import { logErrorResponse, logOther, logOutcome, type RequestFacts } from "../lib/stream/log.ts";
import { servedModels } from "../lib/stream/settings/models.ts";
import { checkRequest } from "../lib/stream/request/check-request.ts";

const configuration = readConfiguration(process.env, storeVariables);
const callBedrock = connectBedrock(configuration.times, process.env, () =>
  checkRequest('{"prompt":"Hello"}', configuration),
);
const store = connectAnswerStore(configuration);

export const handler = awslambda.streamifyResponse<LambdaFunctionURLEventWithIAMAuthorizer>(
  async (event, stream, context) => {
    const startedAt = performance.now();
    requireUrlEvent(event);
    const { times } = configuration;
    const deadlineAt = startedAt + context.getRemainingTimeInMillis() - times.deadlineMargin;
    const requestId = context.awsRequestId;
    const callerArn = event.requestContext.authorizer?.iam.userArn;
    const route = routeOf(event);
    const { operation, modelId, format } = route;
    const facts: RequestFacts = { requestId, operation, callerArn, model: undefined };
    const response = new UrlResponse(stream, route);
    try {
      if (route.error) throw route.error;
      if (operation === "Models") {
        logOther("models", facts, { status: 200, totalMs: since(startedAt) });
        response.sendValue(servedModels(configuration.models));
      } else if (operation === "Lines" && isRepeated(event)) {
        logOther("repeat", facts, { status: 204, totalMs: since(startedAt) });
        response.sendNothing();
      } else {
        const { body, keyed } = readRequest(event, { route, store, maxBytes: configuration.maxRequestBytes });
        if (store && keyed?.action) {
          facts.record = "cancel";
          response.sendValue({ cancelled: await store.cancel(keyed) });
          logOther("cancel", facts, { status: 200, totalMs: since(startedAt) });
          return await response.end(times.callerStall);
        }
        const request = checkRequest(body, configuration, modelId);
        const { name: model } = request.model;
        facts.model = model;
        const writer = writerFor(format);
        const options = { sink: response, writer, requestId, model, times, startedAt, deadlineAt };
        const asked = { keyed, request, callBedrock, options, facts };
        const { outcome, recorded } = await answerRequest(store, asked);
        // A response that is one JSON object is sent only when it is complete, so a failure can still have an error status.
        const unsent = format === "json" ? outcome.error : undefined;
        const status = unsent ? response.sendError(unsent, requestId, true) : 200;
        if (recorded) {
          // End the response first: the caller must not wait until the answer is in the table.
          if (!outcome.callerStalled) await response.end(times.callerStall);
          Object.assign(facts, await recorded);
        }
        logOutcome(facts, outcome, status);
        if (outcome.callerStalled) return response.abandon();
        if (recorded) return;
      }
    } catch (thrown) {
      const error = shownError(thrown);
      const status = response.sendError(error, requestId);
      logErrorResponse(facts, error, { status, totalMs: since(startedAt) });
    }
    await response.end(times.callerStall);
    await store?.idle();
  },
);

/** The milliseconds since `startedAt`, a time of `performance.now()`, as a whole number. */
function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
