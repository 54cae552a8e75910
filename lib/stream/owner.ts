// Determines who owns a request's answer, and may read it again: the caller's identity, as IAM has verified it.

/** The caller in the events of Function URLs and of API Gateway. */
export interface IamCaller {
  userArn?: string | null;
  accessKey?: string | null;
  /** Set by API Gateway only. */
  cognitoIdentityId?: string | null;
}

/**
 * Returns the same text as the owner in the GraphQL API (lib/appsync/resolvers/start-conversation.js), so that a caller can
 * continue an answer on another delivery. Returns undefined if IAM has not authenticated the caller.
 *
 * All users of a Cognito identity pool share one role session, and the event of a Function URL does not name the user's identity.
 * Only the access keys of the users differ. A key lasts for an hour.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */
export function ownerOf({ userArn, accessKey, cognitoIdentityId }: IamCaller = {}): string | undefined {
  if (cognitoIdentityId) return `iam:${cognitoIdentityId}`;
  if (!userArn) return undefined;
  return userArn.endsWith("/CognitoIdentityCredentials") ? `iam:${userArn}:${accessKey}` : `iam:${userArn}`;
}
