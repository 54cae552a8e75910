// The time for which local servers keep an idle connection.

/**
 * Milliseconds. Longer than clients keep one, so that the server never closes it while a request is on its way: Node's
 * default of five seconds passes while a busy machine does not run the client, and the request then ends with ECONNRESET.
 */
export const keepAliveTimeout = 600_000;
