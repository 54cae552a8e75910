// Packagings that several test files share.
import type { Packaging } from "./packaged-service.ts";

export const userPool = "eu-west-1_AbCdEf123:1h57kf5cpq17m0eml1";
export const oidc = "arn:aws:iam::123456789012:oidc-provider/accounts.example.com";
export const saml = "arn:aws:iam::123456789012:saml-provider/Example";

export const withIdentityProviders: Packaging = {
  parameters: [`identityProviders=${userPool}, ${oidc} ${saml}`],
};

export const alarmTopic = "arn:aws:sns:eu-west-1:123456789012:alarms";
export const secrets = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG",
};

export const otherCallers = ["210987654321", "arn:aws:iam::123456789012:role/ci/deploy"];
/** Sets parameters of the function, its limits, its answer store, its callers and its alarms. */
export const withEveryPart: Packaging = {
  parameters: [
    "memorySize=512",
    "timeout=120",
    "reservedConcurrency=5",
    "logRetentionDays=7",
    "xray=true",
    "maxTokens=2000",
    "defaultMaxTokens=500",
    "maxRequestBytes=100000",
    "maxValues=50000",
    "guardrail=abc123:4",
    "unguardedContent=refuse",
    "allow=serviceTier, systemTool",
    "answerRetentionMinutes=60",
    "connectSeconds=4",
    "firstByteSeconds=60",
    "stallSeconds=61",
    "pingSeconds=5",
    "callerStallSeconds=30",
    "deadlineMarginSeconds=1.5",
    `callers=${otherCallers.join(", ")}`,
    "corsOrigins=https://app.example.com http://localhost:3000, http://127.0.0.1:5173",
    `alarmTopic=${alarmTopic}`,
    "alarmErrorPercent=1",
    "alarmThrottles=2",
    "alarmFirstDeltaMs=3000",
    "alarmOutputTokens=none",
    "alarmAnswerStore=4",
  ],
  args: ["--region", "eu-west-1"],
  variables: secrets,
};

/** The WebSocket API and its function, with values that differ from the defaults. */
export const withWebSocket: Packaging = {
  parameters: [
    "webSocket=true",
    "webSocketRate=20",
    "pushIntervalMs=250",
    "timeout=300",
    "reservedConcurrency=5",
    "xray=true",
    "guardrail=abc123:4",
  ],
};

/** Every function, without the answer store and with all other defaults. */
export const withEveryFunction: Packaging = { parameters: ["webSocket=true", "appSync=true"] };

/** The GraphQL API for callers with IAM credentials, an API key or a token, the WebSocket API, and a store for all functions. */
export const withAppSync: Packaging = {
  parameters: [
    "answerRetentionMinutes=1440",
    "appSync=true",
    "appSyncApiKey=true",
    "appSyncIssuer=https://idp.example.com/app;client=web.1",
    "appSyncIntervalMs=400",
    "webSocket=true",
    "timeout=300",
    "reservedConcurrency=5",
    "xray=true",
    "guardrail=abc123:4",
  ],
};
