// Answers a request to the local Bedrock with a model of a model server.
import { ValidationError, type ScriptedRequest, type Step } from "../bedrock/index.ts";
import { createAnswer } from "./answer.ts";
import { chatRequest } from "./chat-request.ts";
import { callServer, readText, type ModelServer } from "./model-server.ts";
import { readChunks } from "./read-chunks.ts";
import { brokenStream, failedResponse, ServerFailure } from "./server-failure.ts";

const maxErrorBytes = 64 * 1024;

/** Yields each step as soon as the server has sent it. When the client disconnects, the request to the server is aborted. */
export async function* playAnswer(
  server: ModelServer,
  model: string,
  request: ScriptedRequest,
): AsyncGenerator<Step> {
  const { disconnected: signal } = request;
  let isStream = false;
  try {
    const body = chatRequest(model, request.body);
    const response = await callServer(server, "/chat/completions", { body, signal });
    const { statusCode, headers } = response;
    if (statusCode !== 200) throw failedResponse(statusCode, await readText(response, maxErrorBytes));
    if (!/^text\/event-stream\b/i.test(String(headers["content-type"]))) {
      const text = await readText(response, maxErrorBytes);
      throw text.includes('"error"') ? failedResponse(500, text) : brokenStream("it is not an event stream");
    }
    const answer = createAnswer(request);
    for await (const chunk of readChunks(response.body)) {
      for (const step of answer.read(chunk)) {
        isStream = true;
        yield step;
      }
    }
    yield* answer.end();
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ServerFailure) yield error.step(isStream);
    else if (error instanceof ValidationError) {
      yield new ServerFailure("ValidationException", error.message).step(isStream);
    } else throw error;
  }
}
