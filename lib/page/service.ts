// The requests to the page's own server, which signs and forwards them. The token is in the fragment of the page's address.
import type { Line, ModelList, ServedModel } from "../wire.ts";
import { isErrorLine } from "../client/ndjson.ts";

/** As `lib/command-line/page/page-service.ts` describes it. */
export interface PageService {
  url: string;
  region: string;
  hasLocalKey: boolean;
  hasWebSocket: boolean;
  models: DescribedModel[];
}

export interface DescribedModel {
  name: string;
  description: string;
  isServed?: boolean;
  becomes?: string;
}

/** A model of the service, with what is known about it. */
export type Model = ServedModel & Partial<DescribedModel>;

const token = location.hash.slice(1);

/** Whether the address has a token at all. */
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

async function readJson(path: string): Promise<unknown> {
  const response = await call(path);
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(describeErrorResponse(response.status, text));
}

/** The service and the signing proxy respond with an error line, AWS itself with an object that has a message. */
export function describeErrorResponse(status: number, text: string): string {
  const found = parse(text);
  if (isErrorLine(found)) return `${status} ${found.error.name}: ${found.error.message}`;
  const { Message, message = Message } = (found ?? {}) as { Message?: unknown; message?: unknown };
  return typeof message === "string"
    ? `${status}: ${message}`
    : `${status}, without an error that this page can read`;
}

/** Undefined if the text is not JSON. */
export function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
