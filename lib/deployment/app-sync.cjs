// The GraphQL API that the parameter appSync adds: function, roles, schema and resolvers.
//
// It is written in plain CloudFormation, so that the deployment needs no further plugin.
// https://docs.aws.amazon.com/appsync/latest/devguide/what-is-appsync.html
const { readFileSync } = require("node:fs");
const { additionalProviders, apiFor, keyExpiry } = require("./app-sync-callers.cjs");
const { allow, pushFunction, pushRole, role, sub } = require("./push-function.cjs");

const name = "appSync";
const functionArn = { "Fn::GetAtt": ["AppSyncLambdaFunction", "Arn"] };
const ofApi = { ApiId: { "Fn::GetAtt": ["AppSyncApi", "ApiId"] } };

/** An entry for the list of functions in serverless.yml. osls merges that list into one section. Empty without a GraphQL API. */
function appSyncFunction(parameters) {
  if (!parameters.appSync) return {};
  return {
    [name]: pushFunction(parameters, {
      name,
      handler: "handlers/appsync.handler",
      description: "Streams Amazon Bedrock's ConverseStream to the subscribers of a GraphQL API",
      role: "AppSyncRole",
      variables: {
        DELTAPIPE_APPSYNC_ENDPOINT: { "Fn::GetAtt": ["AppSyncApi", "GraphQLUrl"] },
        DELTAPIPE_PUSH_INTERVAL_MS: String(parameters.appSyncIntervalMs),
      },
    }),
  };
}

function appSyncResources(parameters) {
  if (!parameters.appSync) return {};
  const { schema, resolvers } = apiFor(parameters);
  return {
    AppSyncApi: resource("GraphQLApi", {
      Name: "${self:service}-${sls:stage}",
      AuthenticationType: "AWS_IAM",
      ...additionalProviders(parameters),
      XrayEnabled: parameters.xray,
      LogConfig: {
        CloudWatchLogsRoleArn: { "Fn::GetAtt": ["AppSyncLogRole", "Arn"] },
        FieldLogLevel: "ERROR",
        // Keeps headers, arguments and results out of the log.
        ExcludeVerboseContent: true,
      },
    }),
    AppSyncSchema: resource("GraphQLSchema", { ...ofApi, Definition: schema }),
    AppSyncFunctionSource: resource("DataSource", {
      ...ofApi,
      Name: "function",
      Type: "AWS_LAMBDA",
      LambdaConfig: { LambdaFunctionArn: functionArn },
      ServiceRoleArn: { "Fn::GetAtt": ["AppSyncSourceRole", "Arn"] },
    }),
    AppSyncNoneSource: resource("DataSource", { ...ofApi, Name: "none", Type: "NONE" }),
    ...Object.assign({}, ...resolvers.map(resolverOf)),
    ...(parameters.appSyncApiKey && {
      AppSyncKey: resource("ApiKey", { ...ofApi, Expires: keyExpiry() }),
    }),
    ...logResources(parameters),
    ...roles(parameters),
  };
}

/** The permission to start answers and to receive them, for the callers' policy. */
function subscribeStatements({ appSync }) {
  if (!appSync) return [];
  const fields = [field("Mutation", "startConversation"), field("Subscription", "onMessage")];
  return [{ Effect: "Allow", Action: ["appsync:GraphQL"], Resource: fields }];
}

function resolverOf({ typeName, fieldName, file, dataSource }) {
  const source = dataSource === "function" ? "AppSyncFunctionSource" : "AppSyncNoneSource";
  const id = `AppSync${fieldName[0].toUpperCase()}${fieldName.slice(1)}Resolver`;
  return {
    [id]: {
      ...resource("Resolver", {
        ...ofApi,
        TypeName: typeName,
        FieldName: fieldName,
        DataSourceName: { "Fn::GetAtt": [source, "Name"] },
        Runtime: { Name: "APPSYNC_JS", RuntimeVersion: "1.0.0" },
        Code: readFileSync(file, "utf8"),
      }),
      DependsOn: ["AppSyncSchema"],
    },
  };
}

/** Without this log group, AppSync would create one that keeps the records forever. */
function logResources({ logRetentionDays }) {
  return {
    AppSyncApiLogGroup: {
      Type: "AWS::Logs::LogGroup",
      Properties: {
        LogGroupName: sub("/aws/appsync/apis/${AppSyncApi.ApiId}"),
        RetentionInDays: Number(logRetentionDays),
      },
    },
    AppSyncLogRole: roleOfApi("AppSync writes the log of ${AWS::StackName}", "log", [
      // The API depends on this role, so a reference to the API's id would make a cycle.
      allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/appsync/apis/*"),
      ),
    ]),
  };
}

function roles(parameters) {
  return {
    AppSyncSourceRole: roleOfApi("AppSync invokes the function of ${AWS::StackName}", "invoke", [
      allow(["lambda:InvokeFunction"], functionArn),
    ]),
    AppSyncRole: pushRole(parameters, {
      name,
      description: "The function behind the GraphQL API of ${AWS::StackName}",
      policyName: "app-sync",
      statements: [allow(["appsync:GraphQL"], field("Mutation", "publish"))],
    }),
  };
}

/**
 * A role that AppSync can assume only for this account's APIs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
function roleOfApi(description, policyName, statements) {
  const condition = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };
  return role("appsync", description, policyName, statements, condition);
}

function field(typeName, fieldName) {
  return sub(`\${AppSyncApi.Arn}/types/${typeName}/fields/${fieldName}`);
}

function resource(kind, Properties) {
  return { Type: `AWS::AppSync::${kind}`, Properties };
}

module.exports = { appSyncFunction, appSyncResources, subscribeStatements };
