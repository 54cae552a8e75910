// Callers of the GraphQL API who have no IAM credentials: users with tokens, and holders of the API key.
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
const { appSyncApi } = require("../appsync/index.cjs");
const { userPoolForm } = require("./identity-pool.cjs");

const oidcForm = /^(https:\/\/[\w.-]+(?:\/[\w./-]*)?);client=([\w.:/-]+)$/;
const day = 24 * 60 * 60;

function isIssuer(text) {
  return userPoolForm.test(text) || oidcForm.test(text);
}

function problemsOfAppSync({ appSync, appSyncApiKey, appSyncIssuer }) {
  if (appSync) return [];
  const given = { appSyncApiKey, appSyncIssuer };
  return Object.keys(given)
    .filter((name) => given[name])
    .map((name) => `parameter "${name}" has no effect without "appSync"; set "appSync" to true`);
}

/** The schema and the resolvers for the callers that the parameters name. */
function apiFor({ appSyncApiKey, appSyncIssuer }) {
  const users = appSyncIssuer === undefined ? "none" : userPoolForm.test(appSyncIssuer) ? "userPool" : "oidc";
  return appSyncApi({ apiKey: appSyncApiKey, users });
}

/** The API's authentication types besides IAM. */
function additionalProviders({ appSyncApiKey, appSyncIssuer }) {
  const providers = [
    ...(appSyncIssuer === undefined ? [] : [providerOf(appSyncIssuer)]),
    ...(appSyncApiKey ? [{ AuthenticationType: "API_KEY" }] : []),
  ];
  return providers.length > 0 && { AdditionalAuthenticationProviders: providers };
}

function providerOf(issuer) {
  const userPool = userPoolForm.exec(issuer);
  if (userPool) {
    const [, AwsRegion, id, AppIdClientRegex] = userPool;
    const UserPoolConfig = { AwsRegion, UserPoolId: `${AwsRegion}_${id}`, AppIdClientRegex };
    return { AuthenticationType: "AMAZON_COGNITO_USER_POOLS", UserPoolConfig };
  }
  const [, Issuer, client] = oidcForm.exec(issuer);
  // AppSync reads the client id as a regular expression.
  const ClientId = `^${client.replaceAll(".", "\\.")}$`;
  return { AuthenticationType: "OPENID_CONNECT", OpenIDConnectConfig: { Issuer, ClientId } };
}

/** In seconds since 1970. AppSync allows at most 365 days, and each deployment renews the key. */
function keyExpiry(now = Date.now()) {
  return (Math.floor(now / 1000 / day) + 365) * day;
}

module.exports = { isIssuer, problemsOfAppSync, apiFor, additionalProviders, keyExpiry };
