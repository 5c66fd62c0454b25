import { lacking } from '../schemas/serving.ts';
import { isWaiting } from '../schemas/task-state.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { hashesMatch } from './agent-token.ts';
import { ColibriError } from './errors.ts';

/** Who asks. `session`: a process that a host started for one task. */
export type Principal =
  | { kind: 'operator' }
  | { kind: 'agent'; name: string; capabilities: readonly string[] }
  | { kind: 'session'; name: string; taskId: string; tokenHash: string };

export const OPERATOR: Principal = { kind: 'operator' };

export type TaskAction = 'see' | 'change' | 'claim';

/** What decides about a task. `assignedTo`: the agent that it was handed to. */
export type TaskFacts = Pick<TaskView, 'id' | 'state' | 'requires' | 'agent'> &
  Partial<Pick<TaskView, 'submitter' | 'assignedTo' | 'ladder' | 'pinnedTo' | 'tokenHash'>>;

/**
 * How a task stands to an agent. `former`: it waits, and the agent had it last but cannot claim it; `held`: someone else has
 * it, or had it to its end; `assigned`: it was handed to another; `unfit`: the agent lacks a tag.
 */
export const RELATIONS = ['own', 'claimable', 'former', 'held', 'assigned', 'unfit'] as const;
export type Relation = (typeof RELATIONS)[number];

/**
 * The one table: which action an agent may do to a task that stands so to it. An operator may do all. Of a task that is
 * held the task itself then says by whom and since when, in one word with the claim, so that no claim can slip between.
 */
export const PERMISSIONS: Readonly<Record<TaskAction, readonly Relation[]>> = {
  see: ['own', 'claimable', 'former'],
  change: ['own'],
  claim: ['own', 'claimable', 'held'],
};

/** How the submitter of an agent's tasks is written: no user of an operating system is called so. */
export function submitterOf(agent: string): string {
  return `agent/${agent}`;
}

export function relationTo(principal: Exclude<Principal, { kind: 'operator' }>, task: TaskFacts): Relation {
  if (principal.kind === 'session') {
    // While a task waits nobody has it, whoever had it last.
    const has = task.agent === principal.name && !isWaiting(task.state);
    const own = has && hashesMatch(principal.tokenHash, task.tokenHash);
    return own ? 'own' : 'held';
  }
  const { name } = principal;
  const waits = isWaiting(task.state);
  const assignedTo = task.assignedTo ?? null;
  if (task.submitter === submitterOf(name) || assignedTo === name || (task.agent === name && !waits)) return 'own';
  const stands = assignedTo !== null ? 'assigned' : missingOf(principal, task).length > 0 ? 'unfit' : null;
  if (stands === null) return waits ? 'claimable' : 'held';
  return task.agent === name ? 'former' : stands;
}

/** The tags an agent lacks for a task, by the set that it comes closest to of those that will do now. */
function missingOf({ capabilities }: { capabilities: readonly string[] }, task: TaskFacts): string[] {
  const { requires, ladder = [], pinnedTo = null } = task;
  return lacking(demandOf({ requires, ladder, pinnedTo }, Date.now()), { capabilities: [...capabilities] });
}

/** True when the principal may do this to the task. */
export function isAllowed(principal: Principal, action: TaskAction, task: TaskFacts): boolean {
  if (principal.kind === 'operator') return true;
  // A session is given its task, and takes no other.
  if (principal.kind === 'session' && action === 'claim') return false;
  return PERMISSIONS[action].includes(relationTo(principal, task));
}

/** Throws `refused`, saying whose task it is, unless the principal may do this to it. */
export function authorize(principal: Principal, action: TaskAction, task: TaskFacts): void {
  if (principal.kind === 'operator' || isAllowed(principal, action, task)) return;
  const relation = relationTo(principal, task);
  const refused = `${principal.name} may not ${action} the task "${task.id}"`;
  if (principal.kind === 'session') {
    throw new ColibriError('refused', `${refused}: a session has its own task alone, which is ${principal.taskId}`);
  }
  const missing = missingOf(principal, task);
  if (action === 'claim' && (task.assignedTo ?? null) === null && missing.length > 0) {
    throw new ColibriError('refused', `${refused}: it lacks ${missing.join(', ')}`, lists(principal.name));
  }
  const hint =
    relation === 'claimable'
      ? `claim it first: colibri task claim ${task.id} --agent ${principal.name}`
      : lists(principal.name);
  throw new ColibriError('refused', `${refused}: ${whose(task)}`, hint);
}

/** Throws `refused` unless it is an operator who asks. `what`: what only an operator may do, as in `drain hosts`. */
export function authorizeOperator(principal: Principal, what: string): void {
  if (principal.kind === 'operator') return;
  throw new ColibriError('refused', `only an operator may ${what}; this is ${principal.name}`);
}

/** Throws `refused` unless it is the agent itself, or an operator, who asks. */
export function authorizeSelf(principal: Principal, agent: string): void {
  if (principal.kind === 'operator' || principal.name === agent) return;
  throw new ColibriError('refused', `only ${agent} itself or an operator may do this; this is ${principal.name}`);
}

/** Throws `refused` when the principal may submit no tasks; else says under which name it does, undefined for any. */
export function authorizeSubmit(principal: Principal): string | undefined {
  if (principal.kind === 'operator') return undefined;
  if (principal.kind === 'agent') return submitterOf(principal.name);
  throw new ColibriError('refused', `${principal.name} may not submit tasks: a session has its own task alone`);
}

/** Who acts, for a history: the agent under its own name, or the operator under the name given. */
export function actorName(principal: Principal, operator = 'operator'): string {
  return principal.kind === 'operator' ? operator : principal.name;
}

function whose({ agent, submitter, assignedTo, state }: TaskFacts): string {
  const by = submitter === null || submitter === undefined ? '' : `, submitted by ${submitter}`;
  if (assignedTo !== null && assignedTo !== undefined) return `it was handed to ${assignedTo}${by}`;
  if (agent === null) return `nobody has it${by}`;
  return isWaiting(state) ? `it was last with ${agent}${by}` : `it is ${agent}'s${by}`;
}

function lists(name: string): string {
  return `see what it may: colibri task list --as ${name}`;
}
