// Reads a request's body, and the idempotency key that comes with it.
import type { LambdaFunctionURLEventWithIAMAuthorizer } from "aws-lambda";
import type { AnswerStore, KeyedRequest } from "../answer-store/index.ts";
import { ownerOf } from "../stream/owner.ts";
import type { Route } from "./route.ts";
import { bodyOf } from "./url-request.ts";

interface Options {
  route: Route;
  maxBytes: number;
  /**
   * Undefined if the service keeps no answers. A key in the body then stays there, and is rejected later as an unknown member. A
   * key in a header is ignored.
   */
  store: AnswerStore | undefined;
}

/** Throws `ConverseError`. */
export function readRequest(
  event: LambdaFunctionURLEventWithIAMAuthorizer,
  { route, maxBytes, store }: Options,
): KeyedRequest {
  const body = bodyOf(event, maxBytes);
  if (!store) return { body };
  const owner = ownerOf(event.requestContext.authorizer?.iam);
  if (route.operation === "Lines") return store.readRequest(body, owner);
  return { body, ...store.readHeader(event.headers["idempotency-key"], owner) };
}
