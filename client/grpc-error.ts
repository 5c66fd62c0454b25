import { isGrpcServiceError } from '@temporalio/client';

/** The server's answer in an error, as it is or as the SDK wrapped it; undefined when it is none of the server's. */
export function grpcErrorIn(error: unknown): (Error & { code: number }) | undefined {
  const cause = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  return isGrpcServiceError(cause) ? cause : undefined;
}
