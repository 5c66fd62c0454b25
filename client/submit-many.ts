import type { Client } from '@temporalio/client';
import { grpcErrorIn } from './grpc-error.ts';
import { type PreparedTask, startTask } from './start-task.ts';

/**
 * What became of one of many tasks. `existing`: it was there already. `failed`: the server took others, but not this one.
 * `unsure`: the server went away before it could say whether it took it.
 */
export type Outcome = { status: 'submitted' | 'existing' } | { status: 'failed' | 'unsure'; error: Error };

export interface SubmitManyOptions {
  /** How many are on their way at once. Default 16: 190 a second on the embedded server; 1: 150, 64 and more: 120 and less. */
  concurrency?: number;
  /** Aborted: no more are begun; those on their way are waited for. */
  signal?: AbortSignal;
  onOutcome: (index: number, outcome: Outcome) => void;
}

const DEFAULT_CONCURRENCY = 16;
/** gRPC codes that say that the server cannot take what it was given; with all others it would take nothing else either. */
const OF_THE_TASK: ReadonlySet<number> = new Set([3, 9, 11]);
/** gRPC codes after which a request may have been carried out all the same. */
const MAY_BE_DONE: ReadonlySet<number> = new Set([1, 2, 4, 10, 13, 14]);

/**
 * Starts many tasks, a few at once. Tasks of one id are started one after the other, so that of tasks with one key the
 * first is the one that counts. Returns when all are done, or the signal was aborted; throws what keeps the server from
 * taking any more, after the outcome of all that were on their way was told.
 */
export async function submitMany(
  client: Client,
  tasks: readonly PreparedTask[],
  { concurrency = DEFAULT_CONCURRENCY, signal, onOutcome }: SubmitManyOptions,
): Promise<void> {
  const jobs = byId(tasks).values();
  let stopped: unknown;
  const work = async () => {
    for (const indexes of jobs) {
      for (const index of indexes) {
        if (stopped !== undefined || signal?.aborted) return;
        try {
          const started = await startTask(client, tasks[index] as PreparedTask);
          onOutcome(index, { status: started === null ? 'existing' : 'submitted' });
        } catch (error) {
          stopped ??= stopping(error);
          if (stopped === undefined || mayBeDone(error)) {
            const status = mayBeDone(error) ? 'unsure' : 'failed';
            onOutcome(index, { status, error: error as Error });
          }
        }
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (stopped !== undefined) throw stopped;
}

function byId(tasks: readonly PreparedTask[]): Map<string, number[]> {
  const indexes = new Map<string, number[]>();
  tasks.forEach(({ id }, index) => {
    const same = indexes.get(id);
    if (same) same.push(index);
    else indexes.set(id, [index]);
  });
  return indexes;
}

function stopping(error: unknown): unknown {
  const code = grpcErrorIn(error)?.code;
  return code !== undefined && OF_THE_TASK.has(code) ? undefined : error;
}

function mayBeDone(error: unknown): boolean {
  const code = grpcErrorIn(error)?.code;
  return code === undefined || MAY_BE_DONE.has(code);
}
