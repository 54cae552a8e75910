// Subscribes a caller to the answers to its own questions in one conversation.
import { extensions, util } from "@aws-appsync/utils";

export function request() {
  return { payload: null };
}

/** https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html */
export function response(ctx) {
  const owner = ownerOf(ctx.identity);
  const isChat = ctx.args.chatId != null;
  const conversationId = isChat ? ctx.args.chatId : ctx.args.conversationId;
  checkId(conversationId, owner === "key" && !isChat ? 16 : 1);
  const filter = { conversationId: { eq: conversationId }, owner: { eq: owner } };
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  return null;
}

/** start-conversation.js has a copy of `ownerOf`, so that callers get the answers that they have started, and no others. */
function ownerOf(identity) {
  if (!identity) return "key";
  if (identity.cognitoIdentityId) return "iam:" + identity.cognitoIdentityId;
  if (identity.userArn) return "iam:" + identity.userArn;
  if (identity.sub) return "sub:" + identity.sub;
  return util.unauthorized();
}

/** With an API key, the id is the only secret: whoever knows it can read the answer. */
function checkId(id, least) {
  if (id.length >= least && id.length <= 64) return;
  util.error(
    "Cannot subscribe: the conversation's id has " + id.length + " characters; use " + least + " to 64",
    "InvalidRequest",
  );
}
