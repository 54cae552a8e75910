// The list of the deliveries. If there are several, a question can also be sent through all of them at the same time.
import { type Delivery, functionUrl } from "./deliveries.ts";
import { create, find } from "./elements.ts";

export interface DeliveryChoice {
  show(deliveries: Delivery[]): void;
  /** The chosen deliveries. */
  chosen(): Delivery[];
}

export function createDeliveryChoice(): DeliveryChoice {
  const list = find<HTMLSelectElement>("#delivery");
  let deliveries = [functionUrl];

  function show(next: Delivery[]): void {
    deliveries = next;
    list.hidden = deliveries.length === 1;
    list.replaceChildren(
      ...deliveries.map(({ name, label }) => create("option", { value: name }, label)),
      create("option", { value: "all" }, deliveries.length === 2 ? "Both" : "All"),
    );
  }

  function chosen(): Delivery[] {
    if (list.value === "all") return deliveries;
    return [deliveries.find(({ name }) => name === list.value) ?? functionUrl];
  }

  return { show, chosen };
}
