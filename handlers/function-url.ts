// The Lambda function behind the Function URL: answers one request with a stream of lines.
import type { LambdaFunctionURLEventWithIAMAuthorizer } from "aws-lambda";
import {
  allowedMethods,
  bodyOf,
  formatOf,
  isRepeated,
  requireUrlEvent,
  routeOf,
} from "../lib/http/url-request.ts";
import { UrlResponse } from "../lib/http/url-response.ts";
import { connectBedrock } from "../lib/stream/bedrock/call-bedrock.ts";
import { readConfiguration } from "../lib/stream/settings/configuration.ts";
import { shownError } from "../lib/stream/converse-error.ts";
import { logErrorResponse, logOther, logOutcome, type RequestFacts } from "../lib/stream/log.ts";
import { relay } from "../lib/stream/relay.ts";
import { servedModels } from "../lib/stream/settings/models.ts";
import { checkRequest } from "../lib/stream/request/check-request.ts";

const configuration = readConfiguration(process.env);
const callBedrock = connectBedrock(configuration.times);

export const handler = awslambda.streamifyResponse<LambdaFunctionURLEventWithIAMAuthorizer>(
  async (event, stream, context) => {
    const startedAt = performance.now();
    requireUrlEvent(event);
    const { times } = configuration;
    const deadlineAt = startedAt + context.getRemainingTimeInMillis() - times.deadlineMargin;
    const requestId = context.awsRequestId;
    const callerArn = event.requestContext.authorizer?.iam.userArn;
    const facts: RequestFacts = { requestId, callerArn, model: undefined };
    const format = formatOf(event);
    const response = new UrlResponse(stream, { format, allowed: allowedMethods(event) });
    try {
      if (routeOf(event) === "/models") {
        logOther("models", facts, { status: 200, totalMs: since(startedAt) });
        response.sendValue(servedModels(configuration.models));
      } else if (isRepeated(event)) {
        logOther("repeat", facts, { status: 204, totalMs: since(startedAt) });
        response.sendNothing();
      } else {
        const request = checkRequest(bodyOf(event, configuration.maxRequestBytes), configuration);
        const { name: model } = request.model;
        facts.model = model;
        const options = { sink: response, format, requestId, model, times, startedAt, deadlineAt };
        const outcome = await relay((signal) => callBedrock(request, signal), options);
        logOutcome(facts, outcome);
        if (outcome.callerStalled) return response.abandon();
      }
    } catch (thrown) {
      const error = shownError(thrown);
      logErrorResponse(facts, error, since(startedAt));
      response.sendError(error, requestId);
    }
    await response.end(times.callerStall);
  },
);

/** In whole milliseconds. */
function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
