// Public exports for callers who sign in with Amazon Cognito.
export { cognitoIdentity, type CognitoIdentityOptions, type Logins } from "./cognito-identity.ts";
