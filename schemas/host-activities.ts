import { z } from 'zod';
import { Finding, Route } from './fleet.ts';
import type { AttemptResult } from './task.ts';

/** Input of the `runAgent` activity: everything a host needs for one attempt. Durations in milliseconds. */
export const RunAgentInput = z.object({
  taskId: z.string(),
  /** Names the task among all tasks ever, also when a workflow id is used again: part of session ids and paths. */
  taskKey: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  requires: z.array(z.string()),
  runtime: z.string(),
  command: z.array(z.string()),
  skill: z.string().nullable(),
  shell: z.boolean(),
  env: z.record(z.string(), z.string()),
  cwd: z.string().nullable(),
  timeoutMs: z.number().nullable(),
  graceMs: z.number(),
  /** Attempts made before this activity was scheduled; the host counts on from here. */
  attemptsBefore: z.int(),
});
export type RunAgentInput = z.infer<typeof RunAgentInput>;

export type RunAgentResult = AttemptResult;

/** Heartbeat details of `runAgent`. They outlive a lost host: the next attempt counts on from `attempt`. */
export const AttemptDetails = z.object({
  attempt: z.int(),
  host: z.string(),
  sessionId: z.string(),
  phase: z.enum(['claimed', 'running', 'ending']),
  at: z.number(),
});
export type AttemptDetails = z.infer<typeof AttemptDetails>;

/** Who took an attempt. Signalled by the host before the agent's first instruction. `at`: epoch milliseconds. */
export const Claim = z.object({
  attempt: z.int().min(1),
  host: z.string(),
  agent: z.string(),
  sessionId: z.string(),
  at: z.number(),
});
export type Claim = z.infer<typeof Claim>;

/** The routes a host may poll, whole, and whether it is to take nothing new. */
export const SyncRoutes = z.object({ routes: z.array(Route), draining: z.boolean() });
export type SyncRoutes = z.infer<typeof SyncRoutes>;

/** What the probes of a host found. `at`: epoch milliseconds; `ms`: how long the probe took. */
export const ProbeReport = z.object({
  at: z.number(),
  findings: z.array(Finding.extend({ probe: z.string(), ms: z.number() })),
  capabilities: z.array(z.string()),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

/** How a route stands now: `parked` when no live host serves it. `leaseMs`: the lease its hosts were started with. */
export const WaitingVerdict = z.object({
  state: z.enum(['queued', 'parked']),
  reason: z.string(),
  sentence: z.string(),
  leaseMs: z.number().nullable(),
});
export type WaitingVerdict = z.infer<typeof WaitingVerdict>;
