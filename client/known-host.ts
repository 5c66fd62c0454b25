import type { Client } from '@temporalio/client';
import { ColibriError } from './errors.ts';
import { nearestHint } from './nearest-hint.ts';
import { readFleet } from './read-fleet.ts';

/** Throws `not-found`, with the nearest name, unless a host of this name has registered. `field`: where it was given. */
export async function requireHost(client: Client, name: string, field?: string): Promise<void> {
  const names = (await readFleet(client)).hosts.map((host) => host.name);
  if (!names.includes(name)) throw noSuchHost(name, names, field);
}

export function noSuchHost(name: string, known: readonly string[], field?: string): ColibriError {
  const where = field === undefined ? '' : `${field}: `;
  return new ColibriError('not-found', `${where}there is no host "${name}"`, nearestHint(name, known));
}
