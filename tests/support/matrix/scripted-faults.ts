// The local Bedrock's failing models, and the exceptions that callers on Bedrock's own paths get from the service.

/**
 * - The model.
 * - ConverseStream's exception, with a status if it is an error response instead of a part of the stream.
 * - Converse's exception.
 * - How often AWS's SDK for JavaScript sends the request, if more than once.
 */
export type ScriptedFault = [
  model: string,
  stream: [name: string, status?: number],
  converse: [name: string, status: number],
  attempts?: number,
];

const broken = "ModelStreamErrorException";
const timedOut = "ModelTimeoutException";
export const scriptedFaults: ScriptedFault[] = [
  ["local.throttled", ["ThrottlingException", 429], ["ThrottlingException", 429], 3],
  ["local.denied", ["AccessDeniedException", 403], ["AccessDeniedException", 403]],
  ["local.invalid", ["ValidationException", 400], ["ValidationException", 400]],
  ["local.unavailable", ["ServiceUnavailableException", 503], ["ServiceUnavailableException", 503], 3],
  ["local.model-error", ["ModelErrorException", 424], ["ModelErrorException", 424]],
  ["local.not-ready", ["ModelNotReadyException", 429], ["ModelNotReadyException", 429], 3],
  ["local.model-timeout", [timedOut, 424], [timedOut, 424]],
  ["local.not-found", ["ResourceNotFoundException", 404], ["ResourceNotFoundException", 404]],
  ["local.internal", ["InternalServerException", 500], ["InternalServerException", 500], 3],
  ["local.first-throttling", ["ThrottlingException", 429], ["ThrottlingException", 429], 3],
  ["local.html", ["InternalServerException", 424], ["InternalServerException", 424]],
  ["local.mute", [timedOut, 424], [timedOut, 424]],
  ["local.nobody", ["AccessDeniedException", 403], ["AccessDeniedException", 403]],
  ["local.mid-internal", [broken], ["InternalServerException", 424]],
  ["local.mid-model-error", [broken], [broken, 424]],
  ["local.mid-validation", ["ValidationException"], ["ValidationException", 400]],
  ["local.mid-throttling", [broken], [broken, 424]],
  ["local.mid-unavailable", [broken], ["ServiceUnavailableException", 424]],
  ["local.cut", [broken], [broken, 424]],
  ["local.half-frame", [broken], [broken, 424]],
  ["local.unfinished", [broken], [broken, 424]],
  ["local.bad-checksum", [broken], [broken, 424]],
  ["local.bad-prelude", [broken], [broken, 424]],
  ["local.not-json", [broken], [broken, 424]],
  ["local.stall", [broken], [timedOut, 424]],
  ["local.silence", [broken], [timedOut, 424]],
];
