import { connect, createServer } from 'node:net';
import { EmbeddedServerError } from './errors.ts';

function listenOnce(port: number, ip: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port, host: ip, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/**
 * A port that is free now, picked outside the range from which the system takes ports for outgoing connections and
 * for port 0, so that nothing else is handed it before it is used. Where the range is unusual it is merely free now.
 */
export async function freePort(ip = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return await listenOnce(port, ip);
    } catch {
      // Taken: try another.
    }
  }
  return listenOnce(0, ip);
}

/** Throws `port-in-use`, naming the port and the flag that changes it, unless the port can be listened on. */
export async function requireFreePort(port: number, ip: string, flag: string): Promise<void> {
  try {
    await listenOnce(port, ip);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'is not allowed to you' : `cannot be used (${code})`;
    throw new EmbeddedServerError('port-in-use', `port ${port} on ${ip} ${reason}: choose another with ${flag} N`, {
      cause: error,
    });
  }
}

/** Whether something accepts connections there now. */
export function isListening(port: number, ip: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: ip });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
