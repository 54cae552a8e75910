// Determines whose answers a request may read: the caller's identity, as IAM has verified it.

/** The caller in the events of Function URLs and of API Gateway. */
export interface IamCaller {
  userArn?: string | null;
  accessKey?: string | null;
  /** Set by API Gateway only. */
  cognitoIdentityId?: string | null;
}

/**
 * The same text as the GraphQL API's owner (lib/appsync/resolvers/start-conversation.js), so that a caller can continue an answer on
 * another delivery. Undefined if IAM has not authenticated the caller.
 *
 * All users of a Cognito identity pool share one role session, and a Function URL does not say which identity it belongs to. What
 * differs are their access keys, which last for an hour.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */
export function ownerOf({ userArn, accessKey, cognitoIdentityId }: IamCaller = {}): string | undefined {
  if (cognitoIdentityId) return `iam:${cognitoIdentityId}`;
  if (!userArn) return undefined;
  return userArn.endsWith("/CognitoIdentityCredentials") ? `iam:${userArn}:${accessKey}` : `iam:${userArn}`;
}
