import { z } from 'zod';
import type { AttemptResult } from './attempt.ts';
import { Finding, Route } from './fleet.ts';
import { Needs } from './needs.ts';
import { SkillRef } from './skill.ts';
import { Handoff, TaskQuestion } from './task-view.ts';

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
  /** The content of the skill when it is registered; null for one that comes with Colibri. */
  skillRef: SkillRef.nullable().default(null),
  skillInputs: z.record(z.string(), z.string()).default({}),
  shell: z.boolean(),
  env: z.record(z.string(), z.string()),
  cwd: z.string().nullable(),
  timeoutMs: z.number().nullable(),
  graceMs: z.number(),
  /** Null: it may be silent for ever. Control workers before 0.2 did not send this, nor what follows it. */
  silenceMs: z.number().nullable().default(null),
  /** Further sets of tags, each of which will do in place of `requires`. */
  alternatives: z.array(z.array(z.string())).default([]),
  /** Whether the claim must be granted first: only so many tasks of a key may run at once, or the offer is for a moment. */
  limited: z.boolean().default(false),
  /** Earlier attempts whose worker was never heard of again. */
  deathsBefore: z.array(z.int()).default([]),
  questions: z.array(TaskQuestion).default([]),
  handoff: Handoff.nullable().default(null),
  /** Results of the tasks that it needed; control workers before 0.2 sent none. */
  inputs: Needs.default({}),
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
  /** `given-back`: the host ended the agent and said so; the attempts that follow lay no death at its door. */
  phase: z.enum(['claimed', 'running', 'ending', 'given-back']),
  at: z.number(),
  /** Attempts before this one whose worker was never heard of again. */
  deaths: z.array(z.int()).default([]),
});
export type AttemptDetails = z.infer<typeof AttemptDetails>;

/** An attempt that was never given back may have killed its worker: within moments of its start, before it could say so. */
export function deathsUntil({ attempt, phase, deaths }: AttemptDetails): number[] {
  return phase === 'given-back' ? deaths : [...deaths, attempt];
}

/** Who took an attempt. Signalled by the host before the agent's first instruction. `at`: epoch milliseconds. */
export const Claim = z.object({
  attempt: z.int().min(1),
  host: z.string(),
  agent: z.string(),
  sessionId: z.string(),
  at: z.number(),
  /** SHA-256 of the token that the agent's session was given, in hexadecimal: by it the session is known as its own. */
  tokenHash: z.string().optional(),
});
export type Claim = z.infer<typeof Claim>;

/** Whether a claim that must be granted was. */
export const Grant = z.object({ granted: z.boolean(), reason: z.string() });
export type Grant = z.infer<typeof Grant>;

/** Says of an attempt that the server gave up: its worker lives, so the task did not kill it. */
export const Survived = z.object({ attempt: z.int(), host: z.string() });
export type Survived = z.infer<typeof Survived>;

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
