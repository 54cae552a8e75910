// Publishes messages to the subscribers of a GraphQL API, through its mutation `publish`.
// https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-data.html
import { isObject, parseObject } from "../shared/json-object.ts";
import type { Variables } from "../stream/bedrock/endpoint.ts";
import { NoResponseError } from "../stream/bedrock/post.ts";
import type { Times } from "../stream/settings/configuration.ts";
import { AnswerText } from "./answer-text.ts";
import { connectAws, type AwsResponse } from "../aws/call-aws.ts";
import type { Publish, Published } from "./publisher.ts";
import { findPushEndpoint } from "./push-endpoint.ts";

export const appSyncVariable = "DELTAPIPE_APPSYNC_ENDPOINT";

/** Those who get an answer: `owner` is the verified identity of the caller who started it. */
export interface Audience {
  conversationId: string;
  owner: string;
}

/** The owner of all answers that were started with the API key. Holders of the key get the text in addition to the message. */
const keyOwner = "key";

// Subscribers get only fields that are selected here.
const fields = "conversationId owner message";
const mutation = mutationWith(fields);
const mutationWithText = mutationWith(
  `${fields} chatId data chunk requestId run seq stopReason errorName errorMessage`,
);

/** Returns a function that makes the `Publish` function of one answer. Throws an Error that names a missing or wrong variable. */
export function connectToSubscribers(
  times: Pick<Times, "connect">,
  variables: Variables,
): (audience: Audience) => Publish {
  const expected = "the https URL of the GraphQL API, which ends with /graphql";
  const endpoint = findPushEndpoint(appSyncVariable, expected, variables);
  const call = connectAws(endpoint, "appsync", times, variables);
  return (audience) => {
    const bodyOf = bodyMaker(audience);
    return async (message, signal) => {
      try {
        return publishedAs(await call({ path: "", body: bodyOf(message), signal }));
      } catch (error) {
        if (!(error instanceof NoResponseError)) throw error;
        const { code = error.cause.name } = error.cause;
        return { state: "unclear", detail: code };
      }
    };
  };
}

/** A message that is sent again gets the same body, because its text must not be read twice. */
function bodyMaker(audience: Audience): (message: Buffer) => Buffer {
  const isByKey = audience.owner === keyOwner;
  const answerText = new AnswerText();
  let last: { message: Buffer; body: Buffer } | undefined;
  return (message) => {
    if (last?.message === message) return last.body;
    const json = message.toString();
    const input = { ...audience, message: json, ...(isByKey && answerText.read(json)) };
    const query = isByKey ? mutationWithText : mutation;
    const body = Buffer.from(JSON.stringify({ query, operationName: "Publish", variables: { input } }));
    last = { message, body };
    return body;
  };
}

/** GraphQL reports errors in a response with the status 200. Throttling and failures of AppSync itself have other statuses. */
function publishedAs({ status, errorName, text }: AwsResponse): Published {
  if (status === 429 || status >= 500) {
    return { state: "unclear", detail: `${errorName || "Unknown"} (HTTP ${status})` };
  }
  if (status >= 400) return { state: "refused", detail: `${errorName || "Unknown"} (HTTP ${status})` };
  const response = parseObject(text);
  if (!response) return { state: "unclear", detail: `No JSON (HTTP ${status})` };
  const { data, errors } = response;
  if (isObject(data) && isObject(data["publish"])) return { state: "taken" };
  const [error] = Array.isArray(errors) ? (errors as unknown[]) : [];
  const type = isObject(error) ? error["errorType"] : undefined;
  // AppSync's message is left out, because it could quote the caller's content.
  return { state: "refused", detail: `${typeof type === "string" ? type : "Unknown"} (GraphQL)` };
}

function mutationWith(selection: string): string {
  return `mutation Publish($input: PublishInput!) { publish(input: $input) { ${selection} } }`;
}
