// Describes the service to the page, without any secret.

/** The response to `GET /~/service.json`. */
export interface PageService {
  /** The service's URL. */
  url: string;
  /** The Region to sign for. */
  region: string;
  /** Whether the service accepts the public key of the local stack, so that examples can contain it. */
  hasLocalKey: boolean;
  /** Whether questions can also be asked over a WebSocket. */
  hasWebSocket: boolean;
  /** What is known about models beyond the service's own list. */
  models: DescribedModel[];
}

export interface DescribedModel {
  /** The name or the id in the service's list. */
  name: string;
  description: string;
  /** Whether a model server answers, and not a script. */
  isServed?: boolean;
  /** The name of the error in which every answer of this model ends. */
  becomes?: string;
}
