import type { Colibri } from '../client/colibri.ts';
import { ColibriError } from '../client/errors.ts';

/** The agent as which the command acts, for what agents alone do. Throws `invalid` when it acts as none. */
export function actingAgent({ principal }: Colibri): string {
  if (principal.kind === 'agent') return principal.name;
  throw new ColibriError(
    'invalid',
    'agent: name the agent that takes it, with --agent NAME or COLIBRI_AGENT',
    'register it first: colibri agent register NAME',
  );
}
