// The Lambda function behind the GraphQL API: answers a question, and publishes the answer in messages.
//
// AppSync invokes it asynchronously, so an answer may take as long as the function's timeout.
import type { Context } from "aws-lambda";
import { answerQuestion, refuseQuestion } from "../lib/push/answer-question.ts";
import { appSyncVariable, connectToSubscribers } from "../lib/push/publish-to-subscribers.ts";
import { refusalOfSize } from "../lib/push/question.ts";
import { connectBedrock } from "../lib/stream/bedrock/call-bedrock.ts";
import { readConfiguration } from "../lib/stream/settings/configuration.ts";

const { [appSyncVariable]: _, ...variables } = process.env;
const configuration = readConfiguration(variables);
const callBedrock = connectBedrock(configuration.times);
const publisherFor = connectToSubscribers(configuration.times, process.env);

/** The resolver's payload: lib/appsync/resolvers/start-conversation.js. */
interface AppSyncEvent {
  job: {
    conversationId: string;
    owner: string;
    /** Made by the resolver, so that the caller knows it before the first message. */
    requestId: string;
    /** Of a caller whom IAM has authenticated. */
    callerArn?: string;
    body: string;
  };
}

export async function handler(event: Partial<AppSyncEvent>, context: Context): Promise<void> {
  const startedAt = performance.now();
  if (!event.job) {
    throw new Error(
      "Cannot answer this event: it did not come from the GraphQL API; call its mutation startConversation",
    );
  }
  const { conversationId, owner, requestId, callerArn, body } = event.job;
  const delivery = {
    publish: publisherFor({ conversationId, owner }),
    header: {},
    // Without the conversation's id, which is a secret where callers have an API key.
    facts: { requestId, operation: "AppSync" as const, callerArn, owner, model: undefined },
    configuration,
    startedAt,
    timeoutAt: startedAt + context.getRemainingTimeInMillis(),
  };
  const refusal = refusalOfSize(body, configuration.maxRequestBytes);
  if (refusal) await refuseQuestion(refusal, delivery);
  else await answerQuestion(body, callBedrock, delivery);
}
