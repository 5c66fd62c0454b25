import type { Logger } from 'pino';
import { type Connected, connectWhenUp } from '../client/connect.ts';
import { expected } from './errors.ts';
import { pause } from './follow.ts';

/** How long one look for the server may take before its absence is said. */
const LOOK_MS = 2_000;
const AGAIN_MS = 1_000;

export interface WhenUpOptions {
  log: Logger;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/**
 * Connects once the server answers and starts a part of the installation on it, for as long as that takes: a server
 * that goes away meanwhile, or whose namespace is still being made, is waited for like one that is not there yet.
 */
export async function startWhenUp<T>(
  { log, signal, env = process.env }: WhenUpOptions,
  start: (connected: Connected) => Promise<T>,
): Promise<{ connected: Connected; started: T }> {
  let said: string | undefined;
  const say = (reason: string) => {
    if (reason !== said) log.warn(`${reason}; waiting for it`);
    said = reason;
  };
  for (;;) {
    const onWaiting = (_address: string, reason: string) => say(reason);
    const connected = await connectWhenUp({ env, signal, timeoutMs: LOOK_MS, onWaiting });
    if (said !== undefined) log.info(`the server answers at ${connected.address}`);
    said = undefined;
    try {
      return { connected, started: await start(connected) };
    } catch (error) {
      await connected.close();
      const reason = passing(error);
      if (reason === null) throw error;
      say(reason);
    }
    await pause(AGAIN_MS);
    signal.throwIfAborted();
  }
}

/** Why a start failed, when the same start may succeed later; null when it will not. */
function passing(error: unknown): string | null {
  const known = expected(error);
  // A namespace that is not there may be one that is not there yet: the server is starting.
  if (known?.code === 'unreachable' || known?.code === 'not-found') return known.message;
  return (error as Error).name === 'TransportError' ? 'the Temporal server does not answer' : null;
}
