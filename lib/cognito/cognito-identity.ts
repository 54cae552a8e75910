// Gets credentials from a Cognito identity pool, and renews them before they expire.
import type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
import { ConfigurationError } from "../signer/errors.ts";
import { callCognito } from "./call-cognito.ts";

/**
 * The tokens of the user's identity providers, by the provider's name, such as
 * `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI` for a user pool, or `accounts.google.com`.
 * https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
 */
export type Logins = Record<string, string>;

/** Options of {@link cognitoIdentity}. Only `identityPoolId` is required. */
export interface CognitoIdentityOptions {
  /** Such as `eu-west-1:00000000-1111-2222-3333-444444444444`. */
  identityPoolId: string;
  /** Default: the Region at the beginning of `identityPoolId`. */
  region?: string | undefined;
  /**
   * The user's tokens, or a function that returns them. The function is called whenever credentials are requested or
   * renewed, because tokens expire. Default: no tokens, which works only with a pool that allows guests.
   */
  logins?: Logins | (() => Logins | Promise<Logins>) | undefined;
  /** The API's address, for tests. Default: AWS's own endpoint in the Region. */
  endpoint?: string | URL | undefined;
}

interface Valid {
  credentials: Credentials;
  /** In milliseconds since 1970. */
  expiresAt: number;
}

/** AWS's own clients renew this early as well: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html */
const renewBeforeMs = 5 * 60_000;

/**
 * Makes a credentials provider for browsers and other callers that sign in with an Amazon Cognito identity pool. Use it as
 * the option `credentials` of a client or signer. The provider sends nothing before it is first called.
 *
 * The credentials last an hour and are renewed five minutes before they expire. A renewal takes two requests (Cognito's
 * "enhanced flow"), which concurrent callers share. If a renewal fails, the old credentials are used until they expire.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 *
 * Throws a {@link ConfigurationError} if `identityPoolId` is malformed. The provider rejects with an `AuthorizationError`
 * whose `code` is Cognito's name for the error.
 *
 * @example
 * const credentials = cognitoIdentity({
 *   identityPoolId: "eu-west-1:00000000-1111-2222-3333-444444444444",
 *   logins: async () => ({ "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI": await getIdToken() }),
 * });
 * const client = createClient({ url: "http://127.0.0.1:9000/", region: "us-east-1", credentials });
 */
export function cognitoIdentity(options: CognitoIdentityOptions): CredentialsProvider {
  const { identityPoolId } = options;
  const endpoint = new URL(
    options.endpoint ?? `https://cognito-identity.${regionOf(options)}.amazonaws.com/`,
  );
  let valid: Valid | undefined;
  let renewing: Promise<Valid> | undefined;
  let guestId: string | undefined;

  async function renew(): Promise<Valid> {
    const logins = typeof options.logins === "function" ? await options.logins() : (options.logins ?? {});
    const isGuest = Object.keys(logins).length === 0;
    const given = isGuest ? {} : { Logins: logins };
    // Without logins, each call of GetId would create another guest identity, so the first identity is kept.
    const id = (isGuest ? guestId : undefined) ?? (await getId(endpoint, identityPoolId, given));
    if (isGuest) guestId = id;
    return getCredentials(endpoint, id, given);
  }

  return async function provide() {
    if (valid && Date.now() < valid.expiresAt - renewBeforeMs) return valid.credentials;
    renewing ??= renew().finally(() => (renewing = undefined));
    try {
      valid = await renewing;
    } catch (error) {
      if (valid === undefined || Date.now() >= valid.expiresAt) throw error;
    }
    return valid.credentials;
  };
}

/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html */
async function getId(endpoint: URL, identityPoolId: string, given: { Logins?: Logins }): Promise<string> {
  const { IdentityId } = await callCognito(endpoint, "GetId", { IdentityPoolId: identityPoolId, ...given });
  return String(IdentityId);
}

/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html */
async function getCredentials(endpoint: URL, id: string, given: { Logins?: Logins }): Promise<Valid> {
  const answer = await callCognito(endpoint, "GetCredentialsForIdentity", { IdentityId: id, ...given });
  const { AccessKeyId, SecretKey, SessionToken, Expiration } = (answer["Credentials"] ?? {}) as Record<
    string,
    unknown
  >;
  return {
    credentials: {
      accessKeyId: String(AccessKeyId ?? ""),
      secretAccessKey: String(SecretKey ?? ""),
      sessionToken: String(SessionToken ?? ""),
    },
    // Cognito sends the expiry in seconds.
    expiresAt: Number(Expiration) * 1000,
  };
}

function regionOf({ identityPoolId, region }: CognitoIdentityOptions): string {
  const found = /^([a-z]{2,}(?:-[a-z]+)+-\d+):[0-9a-f-]{36}$/i.exec(String(identityPoolId))?.[1];
  if (found !== undefined) return region ?? found;
  throw new ConfigurationError(
    "Cannot use the option identityPoolId: it does not consist of a Region, a colon and an id; copy it from the pool's page",
  );
}
