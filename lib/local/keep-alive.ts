// The time for which local servers keep idle connections open.

/**
 * In milliseconds. Clients close idle connections earlier, so the server never closes a connection while a client is sending a
 * request on it. Such a request would fail with ECONNRESET. With Node's default of five seconds, that happens on a busy
 * machine, where the client's process may wait that long for the CPU.
 */
export const keepAliveTimeout = 600_000;
