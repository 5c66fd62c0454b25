import type { Finding } from '../../schemas/fleet.ts';
import type { ProbeReport } from '../../schemas/host-activities.ts';
import type { Exec } from './exec.ts';

export type { Finding, ProbeReport };

export interface ProbeContext {
  /** Aborts when the probe's time is up. */
  signal: AbortSignal;
  /** What programs see, and what is searched: PATH, HOME, DISPLAY ... */
  env: NodeJS.ProcessEnv;
  exec: Exec;
  platform: NodeJS.Platform;
  /** What to grant a single program, in milliseconds: less than the probe's whole time, so that it can still report. */
  timeoutMs: number;
}

/** Proves or disproves one fact about this machine by using it. */
export interface Probe {
  name: string;
  /** Tags it always has an answer for; one for versions may find more. */
  tags: readonly string[];
  /** Milliseconds in all, where the usual 5 s may not do on a busy machine. */
  timeoutMs?: number;
  run(context: ProbeContext): Promise<Finding[]>;
}

/** A finding with the probe it came from (or `configuration`) and how long that took. */
export type ReportedFinding = ProbeReport['findings'][number];
