// The panel Take away: the last request as code or a file, its answer as JSON, and the answer's lines as a file.
import type { Message } from "../wire.ts";
import type { RequestBody } from "./build-request.ts";
import { create, find } from "./elements.ts";
import {
  curlExample,
  type ExampleTarget,
  isInline,
  pythonExample,
  typescriptExample,
} from "./example-code.ts";
import type { Recording } from "./recording.ts";

export interface TakeAway {
  show(request: RequestBody): void;
  showAnswer(message: Message, recording: Recording): void;
}

type Form = "curl" | "typescript" | "python" | "answer";

export function createTakeAway(target: ExampleTarget): TakeAway {
  const code = find("#code");
  const form = find<HTMLSelectElement>("#code-form");
  const copy = find<HTMLButtonElement>("#copy");
  const copied = find("#copied");
  const requestFile = find<HTMLButtonElement>("#save-request");
  const linesFile = find<HTMLButtonElement>("#save-lines");
  let request: RequestBody = { prompt: "A story about rain" };
  let answer = "";
  let recorded: Recording | undefined;

  form.addEventListener("change", update);
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(code.textContent ?? "").then(
      () => (copied.textContent = "Copied"),
      () =>
        (copied.textContent =
          "Cannot copy: the browser does not allow it; select the text and copy it yourself"),
    );
  });
  requestFile.addEventListener("click", () => save("request.json", JSON.stringify(request, undefined, 2)));
  linesFile.addEventListener("click", () => recorded && save("answer.ndjson", linesOf(recorded)));
  update();

  function update(): void {
    const texts: Record<Form, () => string> = {
      curl: () => curlExample(request, target),
      typescript: () => typescriptExample(request, target),
      python: () => pythonExample(request, target),
      answer: () => answer || "There is no answer yet.",
    };
    code.textContent = texts[form.value as Form]();
    copied.textContent = "";
    linesFile.disabled = recorded === undefined;
    find("#from-file").hidden = isInline(request) || form.value === "answer";
  }

  return {
    show(next) {
      request = next;
      answer = "";
      recorded = undefined;
      update();
    },
    showAnswer(message, recording) {
      const { usage, timing, ending } = recording;
      answer = JSON.stringify({ message, usage, timing, ending: ending?.title }, undefined, 2);
      recorded = recording;
      update();
    },
  };
}

function linesOf(recording: Recording): string {
  return Array.from({ length: recording.length }, (_, index) => `${recording.textAt(index)}\n`).join("");
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  create("a", { href: url, download: name }).click();
  // Ten seconds are enough for the browser to read the file.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
