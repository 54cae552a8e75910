// The scripted model `local.story`: a short story about the prompt's subject, at the pace of a real model. A request with
// a schema for its answer gets JSON in which each string is the story.
import { exampleOf, outputSchemaOf } from "./schema-example.ts";
import { delta, ending, event, paced, tokensOf } from "./script.ts";
import type { ScriptedRequest, Step } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

const longestSubject = 60;

export function* story(request: ScriptedRequest): Generator<Step> {
  const text = storyAbout(subjectOf(request.prompt));
  const schema = outputSchemaOf(request.body);
  const tokens = tokensOf(schema ? JSON.stringify(exampleOf(schema, text)) : text);
  const sent = tokens.slice(0, maxTokensOf(request.body));
  yield event("messageStart", { role: "assistant" });
  yield* paced(
    request,
    sent.map((text) => delta(0, { text })),
  );
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield* ending(request, sent.length < tokens.length ? "max_tokens" : "end_turn", sent.length);
}

/** The words after "about", or the whole prompt if it is short, or a default subject. */
function subjectOf(prompt: string): string {
  const text = prompt.replaceAll(/\s+/g, " ").trim();
  const subject = (/\babout:? (.+)$/i.exec(text)?.[1] ?? text).replace(/[\s.,;:!?"]+$/, "");
  return subject !== "" && subject.length <= longestSubject ? subject : "the lamp in the window";
}

function maxTokensOf(body: JsonObject): number {
  const configuration = body["inferenceConfig"] as { maxTokens?: unknown } | null | undefined;
  return typeof configuration?.maxTokens === "number" ? configuration.maxTokens : Infinity;
}

function storyAbout(subject: string): string {
  return `On a hill above the sea stood a house with one lit window. A girl called Ida lived there with her \
grandmother, and every evening she asked for the same story: the one about ${subject}. Her grandmother never told \
it twice in the same way. Some nights it began in a storm, some nights at breakfast, and once it began at the end \
and walked backwards.

One winter the old woman lost her voice. So Ida sat down on the edge of the bed, took a breath and began \
with ${subject}. She did not know what came next. But word after word arrived, like small boats coming home in \
the dark, and she let each one in as soon as it knocked. When she was done, the window had turned grey with morning.

"That," whispered her grandmother, "is how it goes."`;
}
