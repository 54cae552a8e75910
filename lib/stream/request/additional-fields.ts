// Checks `additionalModelRequestFields` against the table in `model-fields.ts`.
import type { Configuration } from "../settings/configuration.ts";
import { invalidRequest } from "./invalid-request.ts";
import { modelFields, type Meaning } from "./model-fields.ts";
import { notAllowed } from "./permissions.ts";
import { checkAnswerCount, checkTokenLimit } from "./token-limits.ts";

/** A node of the tree that the table's paths form. */
interface Place {
  path: string;
  meaning: Meaning | undefined;
  members: Map<string, Place>;
  elements: Place | undefined;
}

/** Throws `ConverseError` InvalidRequest. The message spells the field's name as the table does, and never quotes its value. */
export function checkAdditionalFields(fields: unknown, configuration: Configuration): void {
  if (fields === undefined) return;
  root ??= rootOf(modelFields);
  visit(fields, root, configuration);
}

function visit(value: unknown, place: Place, configuration: Configuration): void {
  if (place.meaning !== undefined) check(value, place.path, place.meaning, configuration);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    if (place.elements) for (const element of value) visit(element, place.elements, configuration);
    return;
  }
  if (place.members.size === 0) return;
  for (const name of Object.keys(value)) {
    const member = place.members.get(normalized(name));
    if (member) visit((value as Record<string, unknown>)[name], member, configuration);
  }
}

function check(value: unknown, path: string, meaning: Meaning, { maxTokens, allowed }: Configuration): void {
  const label = `additionalModelRequestFields: ${path}`;
  if (meaning === "tokens") checkTokenLimit(label, value, maxTokens);
  else if (meaning === "answers") checkAnswerCount(label, value);
  else if (meaning === "owned") {
    throw invalidRequest(
      `${label} is not allowed here, because this service or another member of the request sets it; leave it out`,
    );
  } else if (meaning === "content") {
    if (isUrl(value) && !allowed.has("remoteSources")) throw notAllowed(label, "remoteSources");
  } else if (!allowed.has(meaning.permission) && !meaning.unless?.(value)) {
    throw notAllowed(label, meaning.permission);
  }
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

/** `max_tokens`, `maxTokens` and `Max-Tokens` count as one name, because a model might accept any of them. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function newPlace(path: string): Place {
  return { path, meaning: undefined, members: new Map(), elements: undefined };
}

function rootOf(table: Record<string, Meaning>): Place {
  const start = newPlace("");
  for (const [path, meaning] of Object.entries(table)) {
    let place = start;
    for (const step of path.split(/\.|(?=\[\])/)) place = next(place, step, path);
    place.meaning = meaning;
  }
  return start;
}

function next(place: Place, step: string, path: string): Place {
  if (step === "[]") return (place.elements ??= newPlace(path));
  const name = normalized(step);
  const known = place.members.get(name);
  if (known) return known;
  const added = newPlace(path);
  place.members.set(name, added);
  return added;
}

/** Made for the first request that has such fields, because a cold start does not need it. */
let root: Place | undefined;
