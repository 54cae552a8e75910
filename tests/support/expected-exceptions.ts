// The exceptions that callers on Bedrock's own paths have to get for each error. They are written by hand, so that the tests
// find mistakes in lib/stream/bedrock-exceptions.ts.
import type { ErrorName } from "../../lib/stream/converse-error.ts";

type Response = readonly [status: number, exception: string];

export interface ExpectedException {
  /** The error response before the first event of the answer. */
  before: Response;
  /** Converse's error response after the first event. */
  begun: Response;
  /** ConverseStream's exception after the first event, as the SDK for JavaScript names it. */
  inStream: string;
}

const broken = "ModelStreamErrorException";
const internal = "InternalServerException";
const invalid = "ValidationException";
const unavailable = "ServiceUnavailableException";

function always(before: Response, inStream = broken): ExpectedException {
  return { before, begun: before, inStream };
}

/** This file does not compile until every `ErrorName` has an entry. */
export const expectedExceptions: Record<ErrorName, ExpectedException> = {
  InvalidRequest: always([400, invalid], invalid),
  ValidationException: always([400, invalid], invalid),
  ModelNotAllowed: always([403, "AccessDeniedException"]),
  NotFound: always([404, "UnknownOperationException"]),
  MethodNotAllowed: always([405, "UnknownOperationException"]),
  PayloadTooLarge: always([413, invalid], invalid),
  CallerStalled: always([424, broken]),
  IdempotentParameterMismatch: always([400, invalid], invalid),
  AnswerNotFound: always([424, broken]),
  Cancelled: always([424, broken]),
  AnswerStoreUnavailable: { before: [503, unavailable], begun: [424, unavailable], inStream: broken },
  // The next three errors exist only for answers in messages (lib/push/).
  CallerGone: always([424, broken]),
  DeliveryFailed: always([424, broken]),
  NotSupported: always([424, broken]),
  ThrottlingException: {
    before: [429, "ThrottlingException"],
    begun: [424, broken],
    inStream: broken,
  },
  ModelNotReadyException: {
    before: [429, "ModelNotReadyException"],
    begun: [424, broken],
    inStream: broken,
  },
  ModelErrorException: always([424, "ModelErrorException"]),
  ModelStreamErrorException: always([424, broken]),
  InternalError: always([424, internal]),
  UpstreamAccessDenied: always([403, "AccessDeniedException"]),
  UpstreamUnreachable: always([424, unavailable]),
  UpstreamInvalid: always([424, internal]),
  ResourceNotFoundException: always([404, "ResourceNotFoundException"]),
  InternalServerException: { before: [500, internal], begun: [424, internal], inStream: broken },
  StreamTruncated: always([424, broken]),
  StreamCorrupt: always([424, broken]),
  ServiceUnavailableException: {
    before: [503, unavailable],
    begun: [424, unavailable],
    inStream: broken,
  },
  ModelTimeoutException: always([424, "ModelTimeoutException"]),
  UpstreamTimeout: always([424, "ModelTimeoutException"]),
  DeadlineExceeded: always([424, "ModelTimeoutException"]),
};
