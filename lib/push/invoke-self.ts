// Hands a question over to an asynchronous invocation of the same function.
//
// API Gateway waits at most 29 seconds for an invocation, and that limit cannot be raised. An asynchronous invocation may
// run until the function's timeout.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyedRequest } from "../answer-store/index.ts";
import { encodeSegment } from "../stream/bedrock/call-bedrock.ts";
import { findEndpoint, type Variables } from "../stream/bedrock/endpoint.ts";
import { NoResponseError } from "../stream/bedrock/post.ts";
import { ConverseError } from "../stream/converse-error.ts";
import type { Times } from "../stream/settings/configuration.ts";
import { connectAws, type AwsResponse } from "../aws/call-aws.ts";

/** A question as the first invocation hands it to the one that answers it. */
export interface Job extends KeyedRequest {
  connectionId: string;
  callerArn?: string;
  id?: string | number;
}

/** Rejects with `ConverseError` if Lambda does not take the job. */
export type InvokeSelf = (job: Job) => Promise<void>;

/** The most milliseconds to wait before the second and the third attempt. */
const delays = [100, 500];

/** If an environment variable is missing or wrong, throws an Error that names it. */
export function connectToSelf(times: Pick<Times, "connect">, variables: Variables): InvokeSelf {
  const name = variables["AWS_LAMBDA_FUNCTION_NAME"];
  if (!name)
    throw new Error("Cannot start: AWS_LAMBDA_FUNCTION_NAME is not set; run this function in Lambda");
  const call = connectAws(findEndpoint(variables, "lambda"), "lambda", times, variables);
  const path = `/2015-03-31/functions/${encodeSegment(name)}/invocations`;
  const headers = { "x-amz-invocation-type": "Event" };

  return async (job) => {
    const body = Buffer.from(JSON.stringify({ job }));
    for (const delay of [...delays, undefined]) {
      const response = await call({ path, body, headers }).catch(unanswered);
      if (response.status === 202) return;
      const isTransient = response.status === 429 || response.status >= 500;
      if (!isTransient || delay === undefined) throw failureOf(response);
      await sleep(Math.random() * delay);
    }
  };
}

/** The job is not sent again: Lambda may have taken it, and sending it twice would produce, and cost, two answers. */
function unanswered(error: unknown): never {
  if (!(error instanceof NoResponseError)) throw error;
  const { code = error.cause.name } = error.cause;
  throw unavailable(code);
}

function failureOf({ status, errorName }: AwsResponse): ConverseError {
  const detail = `${errorName || "Unknown"} (HTTP ${status}) from Lambda`;
  if (status === 429) {
    const message = "Cannot start the answer: Lambda accepts no more requests at the moment; try again later";
    return new ConverseError("ThrottlingException", message, { detail });
  }
  if (status >= 500) return unavailable(detail);
  const message =
    "Cannot start the answer: the service is not allowed to invoke itself; report this error with the request id";
  return new ConverseError("InternalError", message, { detail });
}

function unavailable(detail: string): ConverseError {
  const message = "Cannot start the answer: Lambda could not be reached or failed; try again";
  return new ConverseError("ServiceUnavailableException", message, { detail });
}
