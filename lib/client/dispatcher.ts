// Type of an undici dispatcher, without undici's own types.

/**
 * The dispatcher of any version of undici, such as an `Agent` or `EnvHttpProxyAgent`. This type does not refer to undici's types,
 * so that a program may use another version of undici: https://undici.nodejs.org/#/docs/api/Dispatcher
 */
export interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}
