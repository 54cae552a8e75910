// Makes one call to the Cognito identity API, which needs no signature.
import { errorNameIn } from "../shared/error-body.ts";
import { parseObject } from "../shared/json-object.ts";
import { shortened } from "../shared/printable-text.ts";
import { AuthorizationError } from "../signer/errors.ts";

const timeoutMs = 10_000;

/** The end of the error message, which says what to do. The keys are Cognito's names for its errors. */
const help = new Map([
  ["NotAuthorizedException", "let the user sign in again, and check that the pool accepts this login"],
  ["ResourceNotFoundException", "check identityPoolId and region"],
  ["InvalidParameterException", "check identityPoolId and the names in logins"],
  ["InvalidIdentityPoolConfigurationException", "give the pool a role for this kind of user"],
  ["TooManyRequestsException", "try again later"],
  ["LimitExceededException", "try again later"],
]);

/** Resolves with the response's JSON object. Rejects with an {@link AuthorizationError} that never quotes a token. */
export async function callCognito(
  endpoint: URL,
  action: string,
  request: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { response, text } = await send(endpoint, action, request);
  const answer = parseObject(text);
  if (response.ok && answer) return answer;
  const type = response.headers.get("x-amzn-errortype") ?? answer?.["__type"];
  const code = typeof type === "string" ? errorNameIn(type) : undefined;
  const message = answer?.["message"] ?? answer?.["Message"];
  const found = [`status ${response.status}`, code, typeof message === "string" ? message : undefined];
  throw new AuthorizationError(
    `Cannot get credentials from Cognito (${action}): ${shortened(found.filter(Boolean).join(", "), 300)};` +
      ` ${help.get(code ?? "") ?? "check the pool and the network"}`,
    { code, status: response.status },
  );
}

async function send(
  endpoint: URL,
  action: string,
  request: Record<string, unknown>,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityService.${action}`,
      },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "no reason given";
    throw new AuthorizationError(
      `Cannot get credentials from Cognito (${action}): ${endpoint.host} did not answer (${reason}); check the network`,
      { cause },
    );
  }
}
