// Types of the response to `GET /models`, the list of models that callers of a service may use.

/** The body of the response to `GET /models`. */
export interface ModelList {
  /** In the order of the service's list. */
  models: ServedModel[];
}

/** A model that callers of a service may use. */
export interface ServedModel {
  /** The name in the service's list, for `modelId` in a request. */
  name: string;
  /** Bedrock's id of the model, which a request may use as well. Absent if it is an ARN, because ARNs contain an account id. */
  modelId?: string;
  /** Whether a request without `modelId` goes to this model. */
  default: boolean;
}
