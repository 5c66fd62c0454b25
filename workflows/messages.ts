import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AgentArrival, AgentMood, AgentState, RegisterAgent } from '../schemas/agent.ts';
import type { Draining, Expecting, FleetHost, FleetView, HostStatus, Registration, Route } from '../schemas/fleet.ts';
import type {
  Claim,
  Grant,
  ProbeReport,
  RunAgentResult,
  Survived,
  SyncRoutes,
  WaitingVerdict,
} from '../schemas/host-activities.ts';
import type { InviteView, JoinRequest, KeyCost, NewInvite } from '../schemas/invite.ts';
import type { LimitAsker, LimitView } from '../schemas/limit.ts';
import type { PlanCarried } from '../schemas/plan-state.ts';
import type { PlanView } from '../schemas/plan-view.ts';
import type { SessionEvent } from '../schemas/session-event.ts';
import type { RegisteredSkill, RegisterSkill, RemoveSkill, SkillRegistration } from '../schemas/skill.ts';
import type { CancelNote } from '../schemas/task.ts';
import type {
  AnswerRequest,
  ClaimGrant,
  ClaimRequest,
  GiveBack,
  HandoffRequest,
  ProgressNote,
  RetryRequest,
  TaskLetGo,
  TaskTaken,
  TransitionRequest,
} from '../schemas/task-requests.ts';
import type { TaskView } from '../schemas/task-view.ts';

export type { CancelNote, Claim };

export const taskView = defineQuery<TaskView>('view');
export const claimed = defineSignal<[Claim]>('claimed');
export const cancelNote = defineSignal<[CancelNote]>('cancelNote');
/** The claim of a host that must be granted first. */
export const startLimited = defineUpdate<Grant, [Claim]>('start');
/** The worker of an attempt that the server gave up lives. */
export const survived = defineSignal<[Survived]>('survived');
export const limitGranted = defineSignal<[{ key: string }]>('limitGranted');
/** An agent outside takes the task. Refused when another has it. */
export const claimTask = defineUpdate<ClaimGrant, [ClaimRequest]>('claim');
export const transitionTask = defineUpdate<TaskView, [TransitionRequest]>('transition');
export const answerTask = defineUpdate<TaskView, [AnswerRequest]>('answer');
export const handOffTask = defineUpdate<TaskView, [HandoffRequest]>('handoff');
export const retryTask = defineUpdate<TaskView, [RetryRequest]>('retry');
export const progressTask = defineSignal<[ProgressNote]>('progress');
export const giveBackTask = defineSignal<[GiveBack]>('giveBack');

/** What an agent outside has to heartbeat, and no longer: signals to its own workflow. */
export const taskTaken = defineSignal<[TaskTaken]>('taskTaken');
export const taskLetGo = defineSignal<[TaskLetGo]>('taskLetGo');

export const acquireLimit = defineUpdate<{ granted: boolean }, [LimitAsker]>('acquire');
export const releaseLimit = defineSignal<[{ workflowId: string }]>('release');
export const limitView = defineQuery<LimitView>('view');

export const planView = defineQuery<PlanView>('view');
/** All that a retry of a plan goes on with. */
export const planCarried = defineQuery<PlanCarried>('carried');

export const fleetView = defineQuery<FleetView>('view');
export const ensureRoute = defineUpdate<WaitingVerdict, [Route]>('ensureRoute');
export const hostChanged = defineSignal<[FleetHost]>('hostChanged');
export const hostForgotten = defineSignal<[{ name: string }]>('hostForgotten');

export const register = defineUpdate<{ instanceId: string }, [Registration]>('register');
/** Type of the refusal when the holder may be the same host before a reboot: its lease tells. */
export const HELD_BEFORE_REBOOT = 'HostHeldBeforeReboot';
export const refresh = defineUpdate<void, [Registration]>('refresh');
export const setDraining = defineUpdate<void, [Draining]>('setDraining');
/** A host of this name is to come. Says how it stands, which changes nothing of one that has come already. */
export const expectHost = defineUpdate<{ status: HostStatus; since: string }, [Expecting]>('expect');
/** The fleet was started anew and knows nothing: the host is to tell of itself. */
export const fleetAsks = defineSignal('fleetAsks');
export const forget = defineUpdate<void>('forget');
export const probeHost = defineUpdate<ProbeReport>('probe');
export const hostRegistration = defineQuery<Registration | null>('registration');

export const addInvite = defineUpdate<InviteView, [NewInvite]>('invite');
export const joinByInvite = defineUpdate<InviteView, [JoinRequest]>('join');
export const revokeInvite = defineUpdate<InviteView, [{ id: string }]>('revoke');
export const invitesView = defineQuery<InviteView[]>('view');
/** What one needs to make the key of a code; null for an id that nobody has. */
export const inviteSeed = defineQuery<{ salt: string; cost: KeyCost; name: string | null } | null, [string]>('seed');
/** Null once it is unregistered. */
export const agentState = defineQuery<AgentState | null>('state');
/** `kept`: the token it had goes on to hold. */
export const registerAgent = defineUpdate<{ kept: boolean }, [RegisterAgent]>('register');
/** An agent that was taken for silent is back. */
export const arrive = defineUpdate<AgentState, [AgentArrival]>('arrive');
export const setMood = defineUpdate<void, [{ mood: AgentMood }]>('setMood');
export const setToken = defineUpdate<void, [{ tokenHash: string }]>('setToken');
export const unregister = defineUpdate<void>('unregister');

/** Events of a session, in order; `ended` closes it. Batches that were already appended are ignored. */
export const append = defineSignal<[{ events: SessionEvent[]; ended: boolean }]>('append');
export const sessionEvents = defineQuery<{ events: SessionEvent[]; ended: boolean }, [{ after: number }]>('events');

export const skillsView = defineQuery<{ skills: RegisteredSkill[] }>('view');
/** Takes content that is on the server under its name, in place of what was there. */
export const registerSkill = defineUpdate<SkillRegistration, [RegisterSkill]>('register');
export const removeSkill = defineUpdate<RegisteredSkill, [RemoveSkill]>('remove');
/** Nobody needs this part of a content any more. */
export const releaseContent = defineSignal('release');

/** Activities that run on a host, on its own queue or on a route. */
export interface HostActivities {
  runAgent(input: unknown): Promise<RunAgentResult>;
  presence(input: { instanceId: string }): Promise<{ reason: string }>;
  syncRoutes(input: SyncRoutes): Promise<void>;
  probe(): Promise<ProbeReport>;
  /** Ends what runs and gives the tasks back. Resolves when that has begun. */
  handOver(input: { why: string }): Promise<{ runs: number }>;
  nudge(input: { workflowId: string; runId: string }): Promise<void>;
}
