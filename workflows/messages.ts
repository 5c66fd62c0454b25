import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FleetHost, FleetView, Registration } from '../schemas/fleet.ts';
import type { ProbeReport, RunAgentResult, SyncRoutes, WaitingVerdict } from '../schemas/host-activities.ts';
import type { SessionEvent } from '../schemas/session-event.ts';
import type { TaskView } from '../schemas/task.ts';

/** Who took an attempt. Signalled by the host before the agent's first instruction. `at`: epoch milliseconds. */
export interface Claim {
  attempt: number;
  host: string;
  agent: string;
  sessionId: string;
  at: number;
}

/** Why a task is being cancelled; sent just before the cancellation itself. */
export interface CancelNote {
  reason: string;
  by: string;
}

export const taskView = defineQuery<TaskView>('view');
export const claimed = defineSignal<[Claim]>('claimed');
export const cancelNote = defineSignal<[CancelNote]>('cancelNote');

export const fleetView = defineQuery<FleetView>('view');
export const ensureRoute = defineUpdate<WaitingVerdict, [{ queue: string; tags: string[] }]>('ensureRoute');
export const hostChanged = defineSignal<[FleetHost]>('hostChanged');
export const hostForgotten = defineSignal<[{ name: string }]>('hostForgotten');

export const register = defineUpdate<{ instanceId: string }, [Registration]>('register');
export const refresh = defineUpdate<void, [Registration]>('refresh');
export const setDraining = defineUpdate<void, [{ draining: boolean }]>('setDraining');
export const forget = defineUpdate<void>('forget');
export const probeHost = defineUpdate<ProbeReport>('probe');
export const hostRegistration = defineQuery<Registration | null>('registration');

/** Events of a session, in order; `ended` closes it. Batches that were already appended are ignored. */
export const append = defineSignal<[{ events: SessionEvent[]; ended: boolean }]>('append');
export const sessionEvents = defineQuery<{ events: SessionEvent[]; ended: boolean }, [{ after: number }]>('events');

/** Activities that run on a host, on its own queue or on a route. */
export interface HostActivities {
  runAgent(input: unknown): Promise<RunAgentResult>;
  presence(input: { instanceId: string }): Promise<{ reason: string }>;
  syncRoutes(input: SyncRoutes): Promise<void>;
  probe(): Promise<ProbeReport>;
  nudge(input: { workflowId: string; runId: string }): Promise<void>;
}
