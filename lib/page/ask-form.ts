// The form for a question: prompt, files, model, delivery, system prompt, limits, and more members of the request.
import type { Question } from "./build-request.ts";
import type { Delivery } from "./deliveries.ts";
import { createDeliveryChoice } from "./delivery-choice.ts";
import { find } from "./elements.ts";
import { FieldError, readNumber, readObject, toolExample } from "./fields.ts";
import { createFileList } from "./file-list.ts";
import { createModelChoice } from "./model-choice.ts";
import type { Model } from "./service.ts";

export interface AskForm {
  showModels(models: Model[]): void;
  /** Lets the user choose one of the deliveries, or all of them. */
  showDeliveries(deliveries: Delivery[]): void;
  /** The chosen deliveries: several if the user compares them. The conversation continues with the answer of the first. */
  deliveries(): Delivery[];
  /**
   * Returns undefined if a field is wrong. The form then shows the reason. The prompt may be empty if `hasResults` is true,
   * because the message then consists of tool results.
   */
  read(hasResults: boolean): Question | undefined;
  /** Empties the prompt and removes the files. */
  clear(): void;
  setRunning(isRunning: boolean): void;
  focus(): void;
}

export function createAskForm({ onAsk, onStop }: { onAsk: () => void; onStop: () => void }): AskForm {
  const form = find<HTMLFormElement>("#ask");
  const prompt = find<HTMLTextAreaElement>("#prompt");
  const model = createModelChoice();
  const delivery = createDeliveryChoice();
  const system = find<HTMLTextAreaElement>("#system");
  const maxTokens = find<HTMLInputElement>("#max-tokens");
  const temperature = find<HTMLInputElement>("#temperature");
  const more = find<HTMLTextAreaElement>("#more");
  const problem = find("#ask-problem");
  const send = find<HTMLButtonElement>("#send");
  const stop = find<HTMLButtonElement>("#stop");
  const attached = createFileList({ complain, onRemove: () => prompt.focus() });
  let isRunning = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isRunning) onAsk();
  });
  stop.addEventListener("click", onStop);
  prompt.addEventListener("keydown", (event) => {
    // While an input method composes a word, Enter chooses the word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isRunning) onStop();
  });
  prompt.addEventListener("input", grow);
  find("#tool-example").addEventListener("click", () => (more.value = toolExample));
  function complain(text: string, field?: HTMLElement): void {
    problem.textContent = text;
    for (const each of [prompt, maxTokens, temperature, more]) each.removeAttribute("aria-invalid");
    if (!field) return;
    field.setAttribute("aria-invalid", "true");
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }

  function grow(): void {
    prompt.style.height = "auto";
    prompt.style.height = `${Math.min(prompt.scrollHeight + 2, 240)}px`;
  }

  function read(hasResults: boolean): Question | undefined {
    try {
      complain("");
      const text = prompt.value.trim();
      if (text === "" && !hasResults) throw new FieldError("Write a prompt first.", prompt);
      return {
        text,
        files: attached.blocks(),
        modelId: model.chosen(),
        system: system.value.trim(),
        maxTokens: readNumber(maxTokens, "Maximum tokens", { least: 1, most: 1_000_000, isWhole: true }),
        temperature: readNumber(temperature, "Temperature", { least: 0, most: 1 }),
        more: readObject(more),
      };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      complain(error.message, error.field);
      return undefined;
    }
  }

  return {
    read,
    showModels: model.show,
    showDeliveries: delivery.show,
    deliveries: delivery.chosen,
    clear() {
      prompt.value = "";
      attached.clear();
      grow();
    },
    setRunning(next) {
      isRunning = next;
      const hadFocus = document.activeElement === (next ? send : stop);
      send.hidden = next;
      stop.hidden = !next;
      if (hadFocus) (next ? stop : send).focus();
    },
    focus: () => prompt.focus(),
  };
}
