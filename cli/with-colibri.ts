import { connect as openSocket } from 'node:net';
import { userInfo } from 'node:os';
import type { Colibri } from '../client/colibri.ts';
import { ColibriError } from '../client/errors.ts';
import type { Credentials } from '../client/identity.ts';
import { credentials } from './credentials.ts';

/**
 * Runs `use` with a connection to the installation that the environment names, and closes it afterwards. It acts as the
 * agent that `--agent` or COLIBRI_AGENT names, or as an operator, unless `as` says otherwise.
 */
export async function withColibri<T>(use: (colibri: Colibri) => Promise<T>, as?: Credentials | 'operator'): Promise<T> {
  // Who asks is known before anything is asked.
  const who = as ?? (await credentials());
  const [{ Colibri }, { serverAddress }] = await Promise.all([
    import('../client/colibri.ts'),
    import('../client/connect.ts'),
  ]);
  await refuseClosedPort(serverAddress().address);
  const colibri = await Colibri.connect({ identity: `${userName()}@cli` });
  try {
    return await use(who === undefined || who === 'operator' ? colibri : await colibri.as(who));
  } finally {
    await colibri.close();
  }
}

/** gRPC would try a closed port for seconds; a person at a terminal is told at once. */
export async function refuseClosedPort(address: string): Promise<void> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  if (colon === -1 || !Number.isInteger(port)) return;
  const refused = await new Promise<boolean>((resolve) => {
    const socket = openSocket({ host, port, timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
  if (!refused) return;
  throw new ColibriError(
    'unreachable',
    `no Temporal server answers at ${address}`,
    'start one with `colibri server` (or `colibri dev`), or name another in TEMPORAL_ADDRESS',
  );
}

/** Who submits and cancels, as the operating system calls them. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry, as in containers.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
