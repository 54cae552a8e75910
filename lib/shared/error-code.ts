// The names that an error's `code` can have: the service's, this library's own, and the usual ones of AWS and Node.

/** The names in the service's error responses and error lines. */
type ServiceCode =
  | "AnswerNotFound"
  | "AnswerStoreUnavailable"
  | "CallerGone"
  | "CallerStalled"
  | "Cancelled"
  | "DeadlineExceeded"
  | "DeliveryFailed"
  | "IdempotentParameterMismatch"
  | "InternalError"
  | "InternalServerException"
  | "InvalidRequest"
  | "MethodNotAllowed"
  | "ModelErrorException"
  | "ModelNotAllowed"
  | "ModelNotReadyException"
  | "ModelStreamErrorException"
  | "ModelTimeoutException"
  | "NotFound"
  | "NotSupported"
  | "PayloadTooLarge"
  | "ResourceNotFoundException"
  | "ServiceUnavailableException"
  | "StreamCorrupt"
  | "StreamTruncated"
  | "ThrottlingException"
  | "UpstreamAccessDenied"
  | "UpstreamInvalid"
  | "UpstreamTimeout"
  | "UpstreamUnreachable"
  | "ValidationException";

type ClientCode =
  | "AnswerCut"
  | "LineTooLong"
  | "NotJson"
  | "ProxyRefused"
  | "ProxyUnreachable"
  | "ResponseAltered"
  | "SchemaMismatch"
  | "ToolInputInvalid"
  | "ToolUnknown";

/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
type AwsCode =
  | "AccessDeniedException"
  | "ExpiredTokenException"
  | "InvalidSignatureException"
  | "MissingAuthenticationTokenException"
  | "TooManyRequestsException"
  | "UnrecognizedClientException";

/** https://nodejs.org/api/errors.html#common-system-errors */
type NodeCode = "ECONNREFUSED" | "ECONNRESET" | "ENOTFOUND" | "EPIPE" | "ETIMEDOUT";

/** The known codes. Other strings are possible, because AWS, Node and the service gain new ones. */
export type ErrorCode = ServiceCode | ClientCode | AwsCode | NodeCode | (string & {});
