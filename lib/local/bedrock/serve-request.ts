// Serves one request to the local Bedrock: checks host, operation, authorization and body, and performs the operation.
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { applyGuardrail } from "./apply-guardrail.ts";
import type { BatchedResponse } from "./batched-response.ts";
import { checkAuthorization, regionOf, type AuthorizationOptions } from "./check-authorization.ts";
import { countTokens } from "./count-tokens.ts";
import { foldedResponse } from "./folded-response.ts";
import { getFoundationModel, listFoundationModels } from "./foundation-models.ts";
import { getInferenceProfile, listInferenceProfiles } from "./inference-profiles.ts";
import type { KnownModels } from "./known-models.ts";
import type { ChooseAnswer } from "./own-answers/choose-answer.ts";
import { play } from "./play-script.ts";
import { readConversation } from "./read-conversation.ts";
import { jsonOf, receiveRequest } from "./received-request.ts";
import { routeOf, type Route } from "./route.ts";
import { errorResponse, jsonResponse, type PlainResponse } from "./script.ts";
import { ValidationError } from "./validation/validation-error.ts";
import { foreignHost, sentByPage } from "../loopback.ts";
import type { JsonObject } from "../../wire.ts";

export interface ServeOptions extends AuthorizationOptions {
  known: KnownModels;
  chooseAnswer: ChooseAnswer;
  /** 0 means full speed. */
  millisecondsPerDelta: number;
  slowMs: number;
}

/** A script to play, or a complete response. */
type Outcome = (() => Promise<void>) | PlainResponse;

/** Never rejects: if a script or the verifier throws, there is a warning on standard error, and the client gets an error. */
export async function serveRequest(
  received: IncomingMessage | Http2ServerRequest,
  response: BatchedResponse,
  options: ServeOptions,
): Promise<void> {
  const message = foreignHost(received.headers) ?? sentByPage(received.headers);
  if (message !== undefined)
    return response.respond(errorResponse(403, "AccessDeniedException", { message }));
  const request = await receiveRequest(received);
  if (!request) return;
  const receivedAt = performance.now();
  try {
    const route = routeOf(request.method, request.path);
    if ("status" in route) return response.respond(route);
    const rejection = await checkAuthorization(request, options);
    if (rejection) return response.respond(rejection);
    const region = regionOf(request);
    const body = request.method === "GET" ? {} : jsonOf(request);
    const outcome = body ? perform({ route, body, region, receivedAt }, response, options) : notJson();
    if ("status" in outcome) response.respond(outcome);
    else await outcome();
  } catch (error) {
    // The script's author needs to see the error, and the client needs a response.
    process.emitWarning(error instanceof Error ? error : String(error));
    await response.flush();
    if (response.headersSent) return response.cut();
    response.respond(errorResponse(500, "InternalServerException", { message: "The scripted model failed" }));
  }
}

interface Call {
  route: Route;
  body: JsonObject;
  region: string;
  receivedAt: number;
}

function perform(call: Call, response: BatchedResponse, options: ServeOptions): Outcome {
  const { known } = options;
  const { route, body, region } = call;
  const [label = ""] = route.labels;
  try {
    switch (route.operation) {
      case "ConverseStream":
        return converse(call, response, options);
      case "Converse":
        return converse(call, foldedResponse(response), options);
      case "CountTokens":
        return known.find(label) ? jsonResponse(countTokens(body)) : unknownModel();
      case "ApplyGuardrail":
        return jsonResponse(applyGuardrail(route.labels, body));
      case "ListFoundationModels":
        return jsonResponse(listFoundationModels(known, region, route.query));
      case "GetFoundationModel":
        return getFoundationModel(known, region, label);
      case "ListInferenceProfiles":
        return jsonResponse(listInferenceProfiles(known, region, route.query));
      case "GetInferenceProfile":
        return getInferenceProfile(known, region, label);
    }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return errorResponse(400, "ValidationException", { message: error.message });
  }
}

function converse(
  { route, body, receivedAt }: Call,
  response: BatchedResponse,
  { known, chooseAnswer, millisecondsPerDelta, slowMs }: ServeOptions,
): Outcome {
  const [modelId = ""] = route.labels;
  const request = {
    modelId,
    body,
    ...readConversation(body),
    receivedAt,
    millisecondsPerDelta,
    slowMs,
    disconnected: response.disconnected,
  };
  const found = known.find(modelId);
  if (!found) return unknownModel();
  const model = chooseAnswer(request) ?? found.model;
  return () => play(model, request, response);
}

function unknownModel(): PlainResponse {
  const message = "The provided model identifier is invalid.";
  return errorResponse(400, "ValidationException", { message });
}

function notJson(): PlainResponse {
  const message = "The request body is not a JSON object";
  return errorResponse(400, "SerializationException", { message });
}
