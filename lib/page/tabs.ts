// The tabs beside the conversation: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
import { find } from "./elements.ts";

export interface Tabs {
  /** `name` is the id of the tab's panel, without `-panel`. */
  choose(name: string): void;
}

export function createTabs(): Tabs {
  const list = find("#tabs");
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  for (const tab of tabs) tab.addEventListener("click", () => show(tab));
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target as HTMLElement);
    const targets: Record<string, number> = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const target = tabs[targets[event.key] ?? -1];
    if (at < 0 || !target) return;
    event.preventDefault();
    show(target);
    target.focus();
  });

  function show(chosen: HTMLElement): void {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      find(`#${tab.getAttribute("aria-controls")}`).hidden = !isChosen;
    }
  }

  return { choose: (name) => show(find(`#${name}-tab`)) };
}
