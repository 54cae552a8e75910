// Small changes that tests make to a signed request, and the rejections that they expect.
import { expect } from "vitest";
import type { WireRequest } from "../../../lib/local/signature/wire-request.ts";

export type Change = (request: WireRequest) => WireRequest;

export const mismatchMessage =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

export function rejection(type: string, message: unknown = expect.any(String)) {
  return { ok: false, error: { status: 403, type, message } };
}

export function header(request: WireRequest, name: string): string {
  return request.headers.find(([candidate]) => candidate === name)?.[1] ?? "";
}

export function setHeader(name: string, value: string): Change {
  return (request) => ({
    ...request,
    headers: request.headers.map((pair) => (pair[0] === name ? [name, value] : pair)),
  });
}

export function addHeader(name: string, value: string): Change {
  return (request) => ({ ...request, headers: [...request.headers, [name, value]] });
}

export function editAuthorization(from: string | RegExp, to: string | ((text: string) => string)): Change {
  return (request) => {
    const before = header(request, "authorization");
    const after = before.replace(from, to as string);
    expect(after, "the change has an effect").not.toBe(before);
    return setHeader("authorization", after)(request);
  };
}

export function editTarget(from: string | RegExp, to: string): Change {
  return (request) => ({ ...request, target: request.target.replace(from, to) });
}
