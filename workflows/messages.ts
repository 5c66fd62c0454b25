import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Draining, FleetHost, FleetView, Registration } from '../schemas/fleet.ts';
import type { Claim, ProbeReport, RunAgentResult, SyncRoutes, WaitingVerdict } from '../schemas/host-activities.ts';
import type { SessionEvent } from '../schemas/session-event.ts';
import type { CancelNote, TaskView } from '../schemas/task.ts';

export type { CancelNote, Claim };

export const taskView = defineQuery<TaskView>('view');
export const claimed = defineSignal<[Claim]>('claimed');
export const cancelNote = defineSignal<[CancelNote]>('cancelNote');

export const fleetView = defineQuery<FleetView>('view');
export const ensureRoute = defineUpdate<WaitingVerdict, [{ queue: string; tags: string[] }]>('ensureRoute');
export const hostChanged = defineSignal<[FleetHost]>('hostChanged');
export const hostForgotten = defineSignal<[{ name: string }]>('hostForgotten');

export const register = defineUpdate<{ instanceId: string }, [Registration]>('register');
export const refresh = defineUpdate<void, [Registration]>('refresh');
export const setDraining = defineUpdate<void, [Draining]>('setDraining');
/** The fleet was started anew and knows nothing: the host is to tell of itself. */
export const fleetAsks = defineSignal('fleetAsks');
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
