import { Connection, type ConnectionOptions } from '@temporalio/client';

/**
 * A connection fit for a host: lazy, so that a worker may start before its server does.
 *
 * - No retry interceptor. The SDK's default one repeats a failed call up to ten times inside the call, and a repeated
 *   call no longer hears its abort signal: a cancelled poll would go on, take a task and drop it. Whoever calls decides
 *   about retries.
 * - A dead link is noticed within 30 s (the SDK's default: 45 s); a line with seconds of delay and losses is not dead.
 *   A server that is back is noticed within about 2 s (gRPC's default waits up to 120 s between attempts to reconnect).
 */
export function openHostConnection(options: ConnectionOptions = {}): Connection {
  return Connection.lazy({
    interceptors: [],
    ...options,
    channelArgs: {
      'grpc.keepalive_time_ms': 15_000,
      'grpc.keepalive_timeout_ms': 15_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      ...options.channelArgs,
    },
  });
}
