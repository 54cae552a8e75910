// Passes a message of the function on to the subscriptions. Only the function's role may call the mutation `publish`.
export function request(ctx) {
  return { payload: ctx.args.input };
}

/**
 * Returns the message. `chatId`, `data` and `chunk` repeat `conversationId` and `text` under the names that the subscriptions
 * `chat` and `onReceiveChunk` have.
 */
export function response(ctx) {
  const input = ctx.result;
  return { ...input, chatId: input.conversationId, data: input.text, chunk: input.text };
}
