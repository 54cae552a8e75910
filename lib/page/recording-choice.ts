// The list of the answers that were asked for at the same time. The user chooses one, whose lines and figures are then shown.
import { create, find } from "./elements.ts";
import type { Recording } from "./recording.ts";

export interface RecordingChoice {
  /** The list is hidden if there is only one answer. */
  offer(recordings: Recording[]): void;
  /** Selects one of the offered answers without calling `onChoose`. */
  select(recording: Recording): void;
}

export function createRecordingChoice(onChoose: (recording: Recording) => void): RecordingChoice {
  const list = find<HTMLSelectElement>("#shown");
  let recordings: Recording[] = [];
  list.addEventListener("change", () => {
    const chosen = recordings[list.selectedIndex];
    if (chosen) onChoose(chosen);
  });

  function offer(next: Recording[]): void {
    recordings = next;
    find("#shown-bar").hidden = recordings.length < 2;
    list.replaceChildren(...recordings.map(({ label }) => create("option", {}, label)));
  }

  return { offer, select: (recording) => (list.selectedIndex = recordings.indexOf(recording)) };
}
