import { isGrpcServiceError } from '@temporalio/client';

/** gRPC status numbers, by name; written out so that only `@temporalio/client` is depended upon. */
const CODE = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

function codeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

/** The server cannot be reached, or is on its way down or up. */
export function isUnreachable(error: unknown): boolean {
  return codeOf(error) === CODE.UNAVAILABLE;
}

/** No answer in the time given to the call. */
export function isTimedOut(error: unknown): boolean {
  return codeOf(error) === CODE.DEADLINE_EXCEEDED;
}

/** The server knows no such attempt (timed out, given to another, ended), or no such namespace. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === CODE.NOT_FOUND;
}

/** The server does not have this call (the time-skipping test server lacks several). */
export function isUnimplemented(error: unknown): boolean {
  return codeOf(error) === CODE.UNIMPLEMENTED;
}

const TRANSIENT = new Set<number>([
  CODE.CANCELLED,
  CODE.UNKNOWN,
  CODE.DEADLINE_EXCEEDED,
  CODE.RESOURCE_EXHAUSTED,
  CODE.ABORTED,
  CODE.INTERNAL,
  CODE.UNAVAILABLE,
]);

/** Worth the same call again. A message over gRPC's size limit also says RESOURCE_EXHAUSTED, but stays too large. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined || !TRANSIENT.has(code)) return false;
  return !(code === CODE.RESOURCE_EXHAUSTED && /larger than max/i.test(String((error as Error).message)));
}
