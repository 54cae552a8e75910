// The description of the service that the page gets from its server. It contains no secret.

/** The response to `GET /~/service.json`. */
export interface PageService {
  /** The service's URL. */
  url: string;
  /** The Region to sign for. */
  region: string;
  /** Whether the page's server signs with the local stack's public access key. The examples then contain this key. */
  hasLocalKey: boolean;
  /** Whether questions can also be asked over a WebSocket. */
  hasWebSocket: boolean;
  /** The URL of the GraphQL API, through which questions can also be asked. Undefined if there is none. */
  appSyncUrl: string | undefined;
  /** Descriptions of models, because the service's own list contains none. */
  models: DescribedModel[];
}

export interface DescribedModel {
  /** The model's name or id in the service's list. */
  name: string;
  description: string;
  /** Whether the answers come from a model server rather than from a script. */
  isServed?: boolean;
  /** The name of the error with which every answer of this model ends. */
  becomes?: string;
}
