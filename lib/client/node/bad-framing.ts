// Recognizes undici's errors about a response that is not valid HTTP.

export function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

/** The response is not valid HTTP: a chunk's length is wrong, or `content-length` contradicts the body. */
export function isBadFraming(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return isParserError(error) || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";
}
