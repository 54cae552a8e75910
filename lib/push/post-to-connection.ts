// Posts messages to the connections of a WebSocket API, through the API's own endpoint.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
import { encodeSegment } from "../stream/bedrock/call-bedrock.ts";
import type { Variables } from "../stream/bedrock/endpoint.ts";
import { NoResponseError } from "../stream/bedrock/post.ts";
import type { Times } from "../stream/settings/configuration.ts";
import { connectAws, type AwsResponse } from "../aws/call-aws.ts";
import type { Publish, Published } from "./publisher.ts";
import { findPushEndpoint } from "./push-endpoint.ts";

export const endpointVariable = "DELTAPIPE_WEBSOCKET_ENDPOINT";

/**
 * Returns a function that makes the `Publish` function of one connection. If an environment variable is missing or wrong,
 * throws an Error that names it.
 */
export function connectToCallers(
  times: Pick<Times, "connect">,
  variables: Variables,
): (connectionId: string) => Publish {
  // The endpoint is, for example, https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1.
  const endpoint = findPushEndpoint(
    endpointVariable,
    "the https URL of the WebSocket API's stage",
    variables,
  );
  const call = connectAws(endpoint, "execute-api", times, variables);
  return (connectionId) => async (body, signal) => {
    const path = `/@connections/${encodeSegment(connectionId)}`;
    try {
      return publishedAs(await call({ path, body, signal }));
    } catch (error) {
      if (!(error instanceof NoResponseError)) throw error;
      const { code = error.cause.name } = error.cause;
      return { state: "unclear", detail: code };
    }
  };
}

/** https://docs.aws.amazon.com/apigatewaymanagementapi/latest/APIReference/API_PostToConnection.html */
function publishedAs({ status, errorName }: AwsResponse): Published {
  if (status >= 200 && status < 300) return { state: "taken" };
  const detail = `${errorName || "Unknown"} (HTTP ${status})`;
  if (status === 410) return { state: "gone" };
  // Either too many requests, or "the WebSocket client side buffer is full": the caller reads too slowly.
  if (status === 429) return { state: "busy", detail };
  return { state: status >= 500 ? "unclear" : "refused", detail };
}
