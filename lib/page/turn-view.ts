// Shows one turn of the conversation: the question, the answer, and the answer's ending.
import type { ContentBlock } from "../wire.ts";
import { type AnswerView, createAnswerView } from "./answer-view.ts";
import { create } from "./elements.ts";
import type { Ending } from "./ending.ts";

export interface TurnView extends AnswerView {
  /** `note` is shown below the ending, for example the reason why the conversation goes on without this turn. */
  showEnding(ending: Ending, note?: string): void;
}

export function createTurnView(asked: { content: ContentBlock[]; model: string; note: string }): TurnView {
  const answer = createAnswerView();
  const ending = create("div", { class: "ending" });
  const question = create(
    "div",
    { class: "question" },
    create("h3", { class: "visually-hidden" }, "You asked"),
    ...asked.content.map(describeBlock),
  );
  if (asked.note !== "") question.append(create("p", { class: "quiet" }, asked.note));
  const model = asked.model === "" ? "the default model" : asked.model;
  const reply = create("div", { class: "reply" }, create("h3", {}, model), answer.element, ending);
  const element = create("article", { class: "turn" }, question, reply);

  return {
    ...answer,
    element,
    showEnding({ kind, title, detail }, noteBelow = "") {
      ending.dataset["kind"] = kind;
      const sentences = [detail, noteBelow].filter(Boolean).map((text) => create("p", {}, text));
      ending.replaceChildren(create("p", { class: "ending-title" }, title), ...sentences);
    },
  };
}

function describeBlock({ text, image, document: file, toolResult }: ContentBlock): HTMLElement {
  if (text !== undefined) return create("p", { class: "asked" }, text);
  if (image) return create("p", { class: "chip" }, `Image (${image.format})`);
  if (file) return create("p", { class: "chip" }, `${file.name} (${file.format ?? "document"})`);
  const result = toolResult?.content.map((each) => each?.text ?? "").join("") ?? "";
  return create("p", { class: "asked" }, create("span", { class: "quiet" }, "Result of the tool: "), result);
}
