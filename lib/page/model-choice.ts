// The list of the models, and the description of the chosen one.
import { create, find } from "./elements.ts";
import type { Model } from "./service.ts";

export interface ModelChoice {
  /** Shows the models, and chooses the service's default. */
  show(models: Model[]): void;
  /** The name of the chosen model. */
  chosen(): string;
}

export function createModelChoice(): ModelChoice {
  const list = find<HTMLSelectElement>("#model");
  const description = find("#model-description");
  let models: Model[] = [];
  list.addEventListener("change", describe);

  function show(next: Model[]): void {
    models = next;
    list.replaceChildren(...groupsOf(models));
    const usual = models.find((each) => each.default) ?? models[0];
    if (usual) list.value = usual.name;
    describe();
  }

  function describe(): void {
    const found = models.find(({ name }) => name === list.value);
    description.textContent = found?.description ?? found?.modelId ?? "";
  }

  return { show, chosen: () => list.value };
}

function groupsOf(models: Model[]): HTMLElement[] {
  const faults = models.filter(({ becomes }) => becomes !== undefined);
  const served = models.filter(({ isServed }) => isServed);
  const described = models.filter(
    ({ becomes, description, isServed }) => becomes === undefined && description !== undefined && !isServed,
  );
  const others = models.filter(({ description }) => description === undefined);
  const groups: [string, Model[]][] = [
    ["The model server", served],
    [described.length === 0 ? "Models" : "Other models", others],
    ["Scripted answers", described],
    ["Faults", faults],
  ];
  return groups
    .filter(([, members]) => members.length > 0)
    .map(([label, members]) =>
      create("optgroup", { label }, ...members.map(({ name }) => create("option", { value: name }, name))),
    );
}
