// Starts an answer: invokes the function with the request and the caller's verified identity, without waiting for it.
//
// Runs in AppSync's own runtime: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
import { util } from "@aws-appsync/utils";

/**
 * In characters. Each takes at most three bytes in the function's event, so the longest request fits into Lambda's limit of 1 MB.
 */
const longestRequest = 240000;

export function request(ctx) {
  // The mutation ask has no `input`. Its arguments are a prompt and a chatId, which may have fewer than 16 characters.
  const isAsk = ctx.args.input == null;
  const input = isAsk ? { conversationId: ctx.args.chatId, prompt: ctx.args.prompt } : ctx.args.input;
  const { conversationId } = input;
  const owner = ownerOf(ctx.identity);
  checkId(conversationId, owner === "key" && !isAsk ? 16 : 1);
  const body = bodyOf(input);
  const requestId = util.autoId();
  ctx.stash.started = { conversationId, chatId: conversationId, requestId, status: "STARTED" };
  const job = { conversationId, owner, requestId, body };
  if (ctx.identity && ctx.identity.userArn) job.callerArn = ctx.identity.userArn;
  return { operation: "Invoke", invocationType: "Event", payload: { job } };
}

export function response(ctx) {
  if (ctx.error) {
    // AWS's message is left out, because it may contain ARNs.
    util.error("Cannot start the answer: Lambda did not take the question; try again later", ctx.error.type);
  }
  return ctx.stash.started;
}

/** on-message.js has a copy of `ownerOf`, so that callers get the answers that they have started, and no others. */
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
    "Cannot start the answer: the conversation's id has " +
      id.length +
      " characters; use " +
      least +
      " to 64",
    "InvalidRequest",
  );
}

function bodyOf(input) {
  const hasRequest = input.request != null;
  const hasPrompt = input.prompt != null;
  if (hasRequest === hasPrompt) {
    util.error('Cannot start the answer: send either "request" or "prompt"', "InvalidRequest");
  }
  if (hasPrompt && input.prompt.trim() === "") {
    util.error('Cannot start the answer: "prompt" is empty; send some text', "InvalidRequest");
  }
  const body = hasRequest ? input.request : JSON.stringify({ prompt: input.prompt });
  if (body.length > longestRequest) {
    util.error(
      "Cannot start the answer: the request has " +
        body.length +
        " characters; send at most " +
        longestRequest,
      "PayloadTooLarge",
    );
  }
  return body;
}
