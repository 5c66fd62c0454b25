/**
 * All that workflows take from schemas/, as functions and plain values. The build bundles this module by itself and the
 * worker evaluates it once for all workflows (scripts/bundle-workflows.mjs): each workflow would otherwise make every zod
 * schema anew, which cost 19 of the 35 ms of processor time that the control worker spent on a short task. The SDK
 * freezes what is shared, and zod's schemas change themselves on first use, so they stay closed over here.
 */
import { z } from 'zod';
import { AgentArrival, AgentMood, AgentState, RegisterAgent, TokenHash } from '../schemas/agent.ts';
import { AttemptResult } from '../schemas/attempt.ts';
import { Carried } from '../schemas/carried.ts';
import { Draining, Expecting, FleetHost, Registration, Route } from '../schemas/fleet.ts';
import { AttemptDetails, Claim, deathsUntil, Survived } from '../schemas/host-activities.ts';
import { InviteId, JoinRequest, NewInvite } from '../schemas/invite.ts';
import { LimitAsker } from '../schemas/limit.ts';
import { parseOrThrow } from '../schemas/parse.ts';
import { PlanCarried, TaskEnd } from '../schemas/plan-state.ts';
import { RegisterSkill, RemoveSkill, SkillPart } from '../schemas/skill.ts';
import { CancelNote, TaskSpec } from '../schemas/task.ts';
import {
  AnswerRequest,
  ClaimRequest,
  GiveBack,
  HandoffRequest,
  ProgressNote,
  RetryRequest,
  TaskLetGo,
  TaskTaken,
  TransitionRequest,
} from '../schemas/task-requests.ts';

export { agentStatus, presenceId } from '../schemas/agent.ts';
export { FAILURES, POISONED_AFTER } from '../schemas/failures.ts';
export { OLDEST_PROTOCOL, PROTOCOL } from '../schemas/fleet.ts';
export {
  inviteState,
  joinStatement,
  LISTED_FOR_MS,
  MAX_INVITES,
  refuseJoin,
  WRONG_CODE,
} from '../schemas/invite.ts';
export {
  agentWorkflowId,
  CONTROL_QUEUE,
  claimActivityId,
  FLEET_ID,
  hostQueue,
  limitWorkflowId,
  pinnedQueue,
  planIdOf,
  planKeyOf,
  planTaskId,
  sessionIdOf,
  taskIdOf,
  taskKeyOf,
  taskWorkflowId,
} from '../schemas/names.ts';
export { jsonBytes } from '../schemas/needs.ts';
export { InvalidInput } from '../schemas/parse.ts';
export { readPlan } from '../schemas/plan.ts';
export { dependents, inOrder } from '../schemas/plan-graph.ts';
export { lacking, mayServe } from '../schemas/serving.ts';
export { skillKey } from '../schemas/skill.ts';
export { taskName } from '../schemas/task.ts';
export { canTransition, isTerminal, isWaiting, TRANSITIONS } from '../schemas/task-state.ts';
export { demandOf } from '../schemas/task-view.ts';
export { routeVerdict } from '../schemas/verdict.ts';

/** Reads a value from outside, or throws InvalidInput that names the fields. */
export type Reader<T> = (value: unknown) => T;

function reader<T extends z.ZodType>(schema: T, what: string): Reader<z.output<T>> {
  return (value) => parseOrThrow(schema, value, what);
}

export const readTaskSpec = reader(TaskSpec, 'the task is not valid');
export const readClaim = reader(Claim, 'claim');
export const readCancelNote = reader(CancelNote, 'cancel note');
export const readCarried = reader(Carried, 'what the task goes on with');
export const readSurvived = reader(Survived, 'word of a host');
export const readLimitKey = reader(z.object({ key: z.string() }), 'limit');
export const readLimitAsker = reader(LimitAsker, 'limit');
export const readLimitHolder = reader(LimitAsker.pick({ workflowId: true }), 'limit');
export const readClaimRequest = reader(ClaimRequest, 'claim');
export const readTransition = reader(TransitionRequest, 'transition');
export const readAnswer = reader(AnswerRequest, 'answer');
export const readHandoff = reader(HandoffRequest, 'handoff');
export const readRetry = reader(RetryRequest, 'retry');
export const readProgress = reader(ProgressNote, 'progress');
export const readGiveBack = reader(GiveBack, 'what is given back');

/** Attempts that are presumed to have killed their worker, as a host counted them. */
export function readDeaths(value: unknown): number[] {
  return z.array(z.int()).catch([]).parse(value);
}

/** The same of an attempt that was lost, by what its last heartbeat said; undefined when that cannot be read. */
export function deathsAfterLoss(heartbeat: unknown): number[] | undefined {
  const details = AttemptDetails.safeParse(heartbeat);
  return details.success ? deathsUntil(details.data) : undefined;
}
export const readAttemptResult = reader(AttemptResult, 'result of an attempt');
export const readRoute = reader(Route, 'route');
export const readFleetHost = reader(FleetHost, 'host');
export const readHostName = reader(FleetHost.pick({ name: true }), 'host');
export const readRegistration = reader(Registration, 'registration');
export const readRegisterSkill = reader(RegisterSkill, 'registration of a skill');
export const readRemoveSkill = reader(RemoveSkill, 'removal of a skill');
export const readSkillPart = reader(SkillPart, 'part of a skill');
export const readDraining = reader(Draining, 'draining');
export const readExpecting = reader(Expecting, 'expecting a host');

export const readNewInvite = reader(NewInvite, 'invitation');
export const readJoinRequest = reader(JoinRequest, 'request to join');
export const readRevocation = reader(z.object({ id: InviteId }), 'invitation');
export const readPlanCarried = reader(PlanCarried, 'state of a plan');
export const readTaskEnd = reader(TaskEnd, 'end of a task');
export const readAgentState = reader(AgentState, 'agent');
export const readRegisterAgent = reader(RegisterAgent, 'registration');
export const readAgentArrival = reader(AgentArrival, 'arrival');
export const readAgentMood = reader(z.object({ mood: AgentMood }), 'status');
export const readTokenHash = reader(z.object({ tokenHash: TokenHash }), 'token');
export const readTaskTaken = reader(TaskTaken, 'claim');
export const readTaskLetGo = reader(TaskLetGo, 'claim');

/** Events are numbered and otherwise taken as they are: what a newer host adds must not be lost here. */
export const readBatch = reader(
  z.object({ events: z.array(z.looseObject({ n: z.int() })), ended: z.boolean() }),
  'batch',
);
