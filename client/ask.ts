import { QueryRejectedError } from '@temporalio/client';
import { ColibriError } from './errors.ts';
import { grpcErrorIn } from './grpc-error.ts';

/** gRPC codes by which a server says that no worker took a query or an update in time, or that too many wait for one. */
const NO_WORKER = new Set([4, 8, 9]);
const UNAVAILABLE = 14;

/** Asks a workflow something, and says plainly when it is the control worker or the server that does not answer. */
export async function askWorkflow<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof QueryRejectedError) throw error;
    const cause = grpcErrorIn(error);
    if (cause && NO_WORKER.has(cause.code)) {
      throw new ColibriError(
        'unreachable',
        'the control worker does not answer',
        'start it with `colibri worker control`; one that runs has more to do than it can: try again in a moment',
        { cause },
      );
    }
    if (cause?.code === UNAVAILABLE) {
      throw new ColibriError('unreachable', 'the Temporal server does not answer', 'check `colibri doctor`', { cause });
    }
    throw error;
  }
}
