import type { Client } from '@temporalio/client';
import { AgentName } from '../schemas/agent.ts';
import { requireAgent } from './agent-registry.ts';
import { agentTags } from './agent-tags.ts';
import { hashAgentToken, hashesMatch, isAgentToken } from './agent-token.ts';
import { ColibriError } from './errors.ts';
import type { Principal } from './permissions.ts';
import { readFleet } from './read-fleet.ts';

const NO_FLEET = { hosts: [], routes: [] };

/** Who one says one is. `taskId`: of a session, the task that it was started for. */
export interface Credentials {
  agent: string;
  token: string;
  taskId?: string;
}

/**
 * Checks who one says one is against the registry. A session (`command@debby`) is known by its task alone, so its token is
 * checked with each task that it asks for. Throws `not-found` for an unknown agent, `refused` for a wrong token.
 */
export async function identify(client: Client, { agent, token, taskId }: Credentials): Promise<Principal> {
  if (!isAgentToken(token)) throw new ColibriError('invalid', `the token given for ${agent} is not one of Colibri's`);
  const tokenHash = hashAgentToken(token);
  if (agent.includes('@')) {
    if (taskId === undefined) {
      throw new ColibriError('invalid', `${agent} is a session: COLIBRI_TASK_ID must name its task`);
    }
    return { kind: 'session', name: agent, taskId, tokenHash };
  }
  const name = readAgentName(agent);
  const { state } = await requireAgent(client, name);
  if (!hashesMatch(tokenHash, state.tokenHash)) {
    throw new ColibriError(
      'refused',
      `the token given for ${name} is not its own (any more)`,
      'it was rotated, or the name was registered anew: an operator can give a new one, `colibri agent token --rotate`',
    );
  }
  const { registration } = state;
  // The fleet is asked only where a host adds to what the agent can do.
  const fleet = (registration?.host ?? null) === null ? NO_FLEET : await readFleet(client);
  const capabilities = registration === null ? [] : agentTags(registration, fleet);
  return { kind: 'agent', name, capabilities };
}

/** An agent's name, normalised. Throws `invalid`. */
export function readAgentName(text: string): string {
  const parsed = AgentName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ColibriError('invalid', `agent: ${parsed.error.issues.map(({ message }) => message).join(', ')}`);
}
