// The time for which local servers keep idle connections open.

/**
 * In milliseconds. It is longer than clients keep idle connections, so that the server never closes one on which a request is
 * under way; that request would fail with ECONNRESET. With Node's default of five seconds, this happens on a busy machine,
 * where the client may not run for that long.
 */
export const keepAliveTimeout = 600_000;
