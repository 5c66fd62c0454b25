import { connect, type NetConnectOpts } from 'node:net';

export interface SocketExchange {
  target: NetConnectOpts;
  request: Uint8Array;
  /** Resolves when at least so many bytes of answer are there. */
  answerBytes: number;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Connects, sends a request and resolves with the beginning of the answer. Rejects when refused, closed or too slow. */
export function exchange({ target, request, answerBytes, timeoutMs, signal }: SocketExchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    let answer = Buffer.alloc(0);
    const onAbort = () => finish(() => reject(new Error(`no answer within ${timeoutMs} ms`)));
    const finish = (report: () => void) => {
      limit.removeEventListener('abort', onAbort);
      socket.destroy();
      report();
    };
    limit.addEventListener('abort', onAbort);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= answerBytes) finish(() => resolve(answer));
    });
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(new Error('the connection was closed without an answer'))));
  });
}
