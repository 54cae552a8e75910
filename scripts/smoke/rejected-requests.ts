// Checks of error responses: AWS rejects wrong signatures, the service rejects requests that it does not serve.
import { createSignedFetch, signRequest } from "../../lib/signer/index.ts";
import { type Check, deadline } from "./checks.ts";
import type { SmokeTarget } from "./smoke-options.ts";

/** If AWS accepts a request with this body by mistake, the service rejects the request with another status, at no cost. */
const harmless = `{"smoke":"test"}`;

export function rejectionChecks(target: SmokeTarget): Check[] {
  return [
    { claim: "an unsigned request is rejected", run: () => expectForbidden(target, {}, harmless) },
    { claim: "a wrong signature is rejected", run: () => wrongSignature(target) },
    { claim: "a body that was changed after signing is rejected", run: () => changedBody(target) },
    {
      claim: "a bad request gets a typed error with status 400",
      run: () => expectTyped(target, { promt: "x" }, [400, "InvalidRequest"]),
    },
    {
      claim: "a model outside the list is rejected",
      run: () => expectTyped(target, { prompt: "x", modelId: "smoke.none" }, [403, "ModelNotAllowed"]),
    },
  ];
}

async function wrongSignature(target: SmokeTarget): Promise<string> {
  const { credentials } = target;
  const secretAccessKey = `${credentials.secretAccessKey.slice(0, -1)}-`;
  return expectForbidden(target, await sign(target, { ...credentials, secretAccessKey }), harmless);
}

async function changedBody(target: SmokeTarget): Promise<string> {
  return expectForbidden(target, await sign(target, target.credentials), harmless.replace("test", "tost"));
}

function sign(
  { url, region }: SmokeTarget,
  credentials: SmokeTarget["credentials"],
): Promise<Record<string, string>> {
  return signRequest({ method: "POST", url, body: harmless }, { credentials, region, service: "lambda" });
}

async function expectForbidden(
  { url }: SmokeTarget,
  headers: Record<string, string>,
  body: string,
): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
    signal: deadline(),
  });
  const text = await response.text();
  if (response.status !== 403)
    throw new Error(`expected 403, found ${response.status}: ${text.slice(0, 200)}`);
  return `403 ${response.headers.get("x-amzn-errortype") ?? ""}`.trimEnd();
}

async function expectTyped(
  { url, credentials, region }: SmokeTarget,
  request: object,
  [status, name]: [number, string],
): Promise<string> {
  const signedFetch = createSignedFetch({ credentials, region, service: "lambda" });
  const response = await signedFetch(url, {
    method: "POST",
    body: JSON.stringify(request),
    signal: deadline(),
  });
  const text = await response.text();
  const found = `${response.status} ${errorOf(text)?.name ?? text.slice(0, 200)}`;
  if (found !== `${status} ${name}`) throw new Error(`expected ${status} ${name}, found ${found}`);
  if (!errorOf(text)?.requestId) throw new Error(`${found} has no request id`);
  return found;
}

function errorOf(text: string): { name?: string; requestId?: string } | undefined {
  try {
    return (JSON.parse(text) as { error?: { name?: string; requestId?: string } }).error;
  } catch {
    return undefined;
  }
}
