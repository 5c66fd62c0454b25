/** The queue of tasks and of their sessions. */
export const CONTROL_QUEUE = 'colibri';
/**
 * The queue of the fleet and of its hosts. Tasks wait for the fleet within a workflow task, and a worker runs only so
 * many of those at once: on a queue of its own the fleet can answer when all of the other are taken up.
 */
export const FLEET_QUEUE = 'colibri-fleet';
/** The one fleet workflow. */
export const FLEET_ID = 'fleet';
/** The one workflow that knows the registered skills. */
export const SKILLS_ID = 'skills';

/** Workflow id of one part of a skill's content; `key` is its `name@digest`. */
export function skillPartWorkflowId(key: string, index: number): string {
  return `skill-content/${key}/${index}`;
}

/** The `name@digest` in such an id; undefined for any other. */
export function skillKeyOfPart(workflowId: string): string | undefined {
  return /^skill-content\/([^/]+@[0-9a-f]{64})\/\d+$/.exec(workflowId)?.[1];
}

/** The one workflow of invitations for new hosts. */
export const INVITES_ID = 'invites';

const TASK_PREFIX = 'task/';

/** Workflow id of a task submitted through Colibri. */
export function taskWorkflowId(taskId: string): string {
  return `${TASK_PREFIX}${taskId}`;
}

/** How the server names what a schedule starts for a time (epoch milliseconds): after the second. */
export function scheduledId(id: string, at: number): string {
  return `${id}-${new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')}`;
}

/** Workflow id of what stands for a start by hand of a schedule's task. */
export function triggerWorkflowId(schedule: string, at: number): string {
  return scheduledId(`trigger/${schedule}`, at);
}

/** Workflow id of the turn to tell a schedule something. */
export function scheduleTurnWorkflowId(schedule: string): string {
  return `schedule-turn/${schedule}`;
}

/** A task's id as people use it: its workflow id without our prefix, so that raw workflow ids stand for themselves. */
export function taskIdOf(workflowId: string): string {
  return workflowId.startsWith(TASK_PREFIX) ? workflowId.slice(TASK_PREFIX.length) : workflowId;
}

/**
 * Names one run of a task among all there ever were. Ids of our own are never used twice; a raw workflow id may be,
 * so part of its run id is added.
 */
export function taskKeyOf(workflowId: string, firstRunId: string): string {
  return workflowId.startsWith(TASK_PREFIX) ? taskIdOf(workflowId) : `${workflowId}~${firstRunId.slice(0, 8)}`;
}

export function sessionIdOf(taskKey: string, attempt: number): string {
  return `${taskKey}/${attempt}`;
}

export function sessionWorkflowId(sessionId: string): string {
  return `session/${sessionId}`;
}

export function hostWorkflowId(name: string): string {
  return `host/${name}`;
}

/** The queue that only the named host polls. */
export function hostQueue(name: string): string {
  return `host:${name}`;
}

/** The queue of work that is offered to the named host alone for a moment, whichever tags it asks for. */
export function pinnedQueue(name: string): string {
  return `on:${name}`;
}

/** Workflow id of what counts the tasks that share a key. Keys may have any characters. */
export function limitWorkflowId(key: string): string {
  return `limit/${key}`;
}

/** Workflow id of an agent outside. */
export function agentWorkflowId(name: string): string {
  return `agent/${name}`;
}

/** Id of the activity that an agent outside holds its claim by. */
export function claimActivityId(attempt: number): string {
  return `claim-${attempt}`;
}

const PLAN_PREFIX = 'plan/';

/** Workflow id of a plan submitted through Colibri. */
export function planWorkflowId(planId: string): string {
  return `${PLAN_PREFIX}${planId}`;
}

/** A plan's id as people use it: its workflow id without our prefix. */
export function planIdOf(workflowId: string): string {
  return workflowId.startsWith(PLAN_PREFIX) ? workflowId.slice(PLAN_PREFIX.length) : workflowId;
}

/**
 * Names a plan among all there ever were, as taskKeyOf does a task. The tasks of a plan carry it in their ids and in their
 * search attribute.
 */
export function planKeyOf(workflowId: string, firstRunId: string): string {
  return workflowId.startsWith(PLAN_PREFIX) ? planIdOf(workflowId) : `${workflowId}~${firstRunId.slice(0, 8)}`;
}

/** Id of a plan's task on the board. A retried plan gives its tasks new ones, since an id stands for one task for ever. */
export function planTaskId(planKey: string, name: string, round: number): string {
  return round === 1 ? `${planKey}.${name}` : `${planKey}.${name}.${round}`;
}
