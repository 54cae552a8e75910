// The requests to the page's own server, which signs and forwards them. The token is in the fragment of the page's address.
import type { Line, ModelList, ServedModel } from "../wire.ts";
import { isErrorLine } from "../client/ndjson.ts";

/** The same type as in `lib/command-line/page/page-service.ts`, whose comments explain the members. */
export interface PageService {
  url: string;
  region: string;
  hasLocalKey: boolean;
  hasWebSocket: boolean;
  appSyncUrl?: string;
  models: DescribedModel[];
}

export interface DescribedModel {
  name: string;
  description: string;
  isServed?: boolean;
  becomes?: string;
}

/** A model of the service, with its description if there is one. */
export type Model = ServedModel & Partial<DescribedModel>;

const token = location.hash.slice(1);

/** Whether the address contains a token. It may be a wrong one. */
export const hasToken = token !== "";

export function call(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { ...(options.headers as Record<string, string>), "x-deltapipe-token": token };
  return fetch(path, { ...options, headers, cache: "no-store" });
}

/** Rejects with an error whose message is a sentence. */
export async function readService(): Promise<PageService> {
  return (await readJson("/~/service.json")) as PageService;
}

/** Rejects with an error whose message is a sentence. */
export async function readModels({ models: described }: PageService): Promise<Model[]> {
  const { models } = (await readJson("/models")) as ModelList;
  const byName = new Map(described.map((model) => [model.name, model]));
  return models.map((model) => ({
    ...(byName.get(model.name) ?? byName.get(model.modelId ?? "")),
    ...model,
  }));
}

/** Rejects with an error whose message is a sentence. */
export async function readJson(path: string, options: RequestInit = {}): Promise<unknown> {
  const response = await call(path, options);
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(describeErrorResponse(response.status, text));
}

/** Error responses of the service and of the signing proxy are error lines. Those of AWS are objects with a message. */
export function describeErrorResponse(status: number, text: string): string {
  const found = parse(text);
  if (isErrorLine(found)) return `${status} ${found.error.name}: ${found.error.message}`;
  const { Message, message = Message } = (found ?? {}) as { Message?: unknown; message?: unknown };
  return typeof message === "string"
    ? `${status}: ${message}`
    : `${status}, without an error that this page can read`;
}

/** Returns undefined if the text is not JSON. */
export function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
