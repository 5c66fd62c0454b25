import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { type AgentMood, AgentRegistration, AgentTimeout, DEFAULT_AGENT_TIMEOUT_MS } from '../schemas/agent.ts';
import { agentWorkflowId, FLEET_QUEUE } from '../schemas/names.ts';
import { registerAgent, setMood, setToken, unregister } from '../workflows/messages.ts';
import { type AgentHeartbeat, heartbeatAgent, renewPresence } from './agent-heartbeat.ts';
import { agentNames, readAgent, requireAgent } from './agent-registry.ts';
import { agentTags } from './agent-tags.ts';
import { hashAgentToken, newAgentToken } from './agent-token.ts';
import { type AgentView, agentView } from './agent-view.ts';
import { checkInput } from './check-input.ts';
import { ColibriError } from './errors.ts';
import { readAgentName } from './identity.ts';
import { requireHost } from './known-host.ts';
import { authorizeSelf, type Principal } from './permissions.ts';
import { readFleet } from './read-fleet.ts';
import { updateWorkflow } from './update.ts';

export interface AgentInput {
  name: string;
  /** Tags of its own. */
  capabilities?: readonly string[];
  /** The machine it works on: it can do what that host can do, besides. */
  host?: string;
  /** What it is, for people: `claude`, `codex`. */
  runtime?: string;
  /** How long it may be silent: milliseconds, or text such as `5m`. Default: five minutes. */
  timeout?: number | string;
  /** The token it has, where it is registered already. */
  token?: string;
  /** Take the name over from an agent that is stale or offline. */
  force?: boolean;
}

export interface Registered {
  agent: AgentView;
  /** Told this once, and kept nowhere; null when the token that was given goes on to hold. */
  token: string | null;
}

/** What a claim is made with. `host`: the one it works on; its tags are among the capabilities while its worker is there. */
export interface Claimant {
  agent: string;
  host: string | null;
  capabilities: string[];
  timeoutMs: number;
}

/** Agents asked about at once. */
const AT_ONCE = 16;

/** The agents outside: interactive ones, which take tasks from the board. */
export class Agents {
  readonly #client: Client;
  readonly #principal: Principal;

  constructor(client: Client, principal: Principal) {
    this.#client = client;
    this.#principal = principal;
  }

  /**
   * Registers an agent, or one that is registered already anew. Throws `invalid` naming the field, `not-found` for an
   * unknown host, `refused` when the name is another's.
   */
  async register(input: AgentInput): Promise<Registered> {
    const registration = checked(input);
    const { name } = registration;
    if (this.#principal.kind !== 'operator') authorizeSelf(this.#principal, name);
    if (registration.host !== null) await requireHost(this.#client, registration.host, 'host');
    const token = newAgentToken();
    const proof = input.token === undefined ? null : hashAgentToken(input.token);
    const { kept } = await updateWorkflow(() =>
      this.#client.workflow.executeUpdateWithStart(registerAgent, {
        args: [{ registration, tokenHash: hashAgentToken(token), proof, force: input.force ?? false }],
        startWorkflowOperation: new WithStartWorkflowOperation('agent', {
          workflowId: agentWorkflowId(name),
          taskQueue: FLEET_QUEUE,
          args: [{ name }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `agent ${name}`,
        }),
      }),
    ).catch((error: unknown) => {
      throw nameTaken(error, name);
    });
    return { agent: await this.show(name), token: kept ? null : token };
  }

  async show(name: string): Promise<AgentView> {
    const [known, fleet] = await Promise.all([requireAgent(this.#client, readAgentName(name)), this.#fleet()]);
    return agentView(known, fleet, this.#principal);
  }

  /** All agents, by name. */
  async list(): Promise<AgentView[]> {
    const [names, fleet] = await Promise.all([agentNames(this.#client), this.#fleet()]);
    const views: AgentView[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const known = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => readAgent(this.#client, name)));
      for (const agent of known) if (agent !== null) views.push(agentView(agent, fleet, this.#principal));
    }
    return views;
  }

  /** See {@link heartbeatAgent}. */
  async heartbeat(name: string): Promise<AgentHeartbeat> {
    return heartbeatAgent(this.#client, this.#own(name));
  }

  /** Takes down what an agent says of itself, which is a sign of life as well. */
  async setStatus(name: string, mood: AgentMood): Promise<AgentView> {
    const own = this.#own(name);
    await renewPresence(this.#client, own);
    await updateWorkflow(() => this.#handle(own).executeUpdate(setMood, { args: [{ mood }] }));
    return this.show(own);
  }

  /** Ends an agent's registration: its claims are given back, its token is void, its name free. Gives what it was. */
  async unregister(name: string): Promise<AgentView> {
    const own = this.#own(name);
    const view = await this.show(own);
    const handle = this.#handle(own);
    await updateWorkflow(() => handle.executeUpdate(unregister));
    await handle.result();
    return view;
  }

  /** Gives an agent a new token; the old one is void. */
  async rotateToken(name: string): Promise<string> {
    const own = this.#own(name);
    await requireAgent(this.#client, own);
    const token = newAgentToken();
    const tokenHash = hashAgentToken(token);
    await updateWorkflow(() => this.#handle(own).executeUpdate(setToken, { args: [{ tokenHash }] }));
    return token;
  }

  /** What an agent claims a task with. Whoever claims is there, so a silent one is brought back. */
  async claimant(name: string): Promise<Claimant> {
    const own = this.#own(name);
    const [{ state }, fleet] = await Promise.all([renewPresence(this.#client, own), this.#fleet()]);
    const { capabilities = [], host = null, timeoutMs = DEFAULT_AGENT_TIMEOUT_MS } = state.registration ?? {};
    return { agent: own, host, capabilities: agentTags({ capabilities, host }, fleet), timeoutMs };
  }

  #own(name: string): string {
    const own = readAgentName(name);
    authorizeSelf(this.#principal, own);
    return own;
  }

  #handle(name: string) {
    return this.#client.workflow.getHandle(agentWorkflowId(name));
  }

  #fleet() {
    return readFleet(this.#client);
  }
}

function checked(input: AgentInput): AgentRegistration {
  const timeoutMs = checkInput(AgentTimeout, input.timeout ?? DEFAULT_AGENT_TIMEOUT_MS, 'timeout');
  const { name, capabilities = [], host = null, runtime = null } = input;
  const given = { name, capabilities, host, runtime, timeoutMs };
  return checkInput(AgentRegistration, given, 'the agent cannot be registered');
}

function nameTaken(error: unknown, name: string): unknown {
  if (!(error instanceof ColibriError) || error.code !== 'refused') return error;
  const hint = error.message.includes('that is here')
    ? `choose another name, or give its token: COLIBRI_AGENT=${name} with COLIBRI_AGENT_TOKEN_FILE`
    : 'give its token, or take the name over with --force';
  return new ColibriError('refused', error.message, hint, { cause: error.cause });
}
