import { isGrpcServiceError } from '@temporalio/client';

/** gRPC's code for what is not there. */
const NOT_FOUND = 5;

/** The server's answer in an error, as it is or as the SDK wrapped it; undefined when it is none of the server's. */
export function grpcErrorIn(error: unknown): (Error & { code: number }) | undefined {
  const cause = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  return isGrpcServiceError(cause) ? cause : undefined;
}

/** Whether the server says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return grpcErrorIn(error)?.code === NOT_FOUND;
}
