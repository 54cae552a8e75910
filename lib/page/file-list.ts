// The files that the user attaches. They are chosen, pasted into the prompt, or dropped on the page.
import type { ContentBlock } from "../wire.ts";
import { type Attachment, readAttachment, withAttachment } from "./attachments.ts";
import { create, find } from "./elements.ts";

export interface FileList {
  blocks(): ContentBlock[];
  clear(): void;
}

/** `complain` shows a sentence about a problem. `complain("")` removes it. */
export function createFileList(options: {
  complain: (sentence: string) => void;
  onRemove: () => void;
}): FileList {
  const form = find<HTMLFormElement>("#ask");
  const list = find("#attached");
  const picker = find<HTMLInputElement>("#files");
  let attachments: Attachment[] = [];

  find("#attach").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    void attach([...(picker.files ?? [])]);
    picker.value = "";
  });
  find("#prompt").addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void attach(files);
  });
  // The whole page accepts files. Otherwise, a file that is dropped beside the form would replace the page.
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.add("is-target");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) form.classList.remove("is-target");
  });
  document.addEventListener("drop", (event) => {
    form.classList.remove("is-target");
    if (!hasFiles(event)) return;
    event.preventDefault();
    void attach([...(event.dataTransfer?.files ?? [])]);
  });

  async function attach(files: File[]): Promise<void> {
    options.complain("");
    for (const file of files) {
      try {
        const attachment = await readAttachment(file);
        attachments = withAttachment(attachments, attachment);
      } catch (error) {
        options.complain((error as Error).message);
      }
    }
    show();
  }

  function show(): void {
    list.replaceChildren(
      ...attachments.map((attachment) => {
        const { name } = attachment;
        const properties = { type: "button", class: "quiet-button", "aria-label": `Remove ${name}` };
        const remove = create("button", { ...properties, onclick: () => drop(attachment) }, "×");
        return create("li", {}, name, remove);
      }),
    );
  }

  function drop(attachment: Attachment): void {
    attachments = attachments.filter((other) => other !== attachment);
    show();
    options.onRemove();
  }

  function clear(): void {
    attachments = [];
    show();
  }

  return { blocks: () => attachments.map(({ block }) => block), clear };
}

/** Distinguishes files from text that is dragged into the prompt, which the browser inserts itself. */
function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}
