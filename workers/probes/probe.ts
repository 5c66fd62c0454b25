import type { Exec } from './exec.ts';

/** What a probe learned about one tag. */
export interface Finding {
  tag: string;
  found: boolean;
  /** One sentence for people: how it is known, or why it is not there. */
  how: string;
  version?: string;
}

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

export interface ReportedFinding extends Finding {
  /** Name of the probe, or `configuration`. */
  probe: string;
  /** How long the probe took. */
  ms: number;
}

export interface ProbeReport {
  /** When it was complete, epoch milliseconds. */
  at: number;
  findings: ReportedFinding[];
  /** Found tags, sorted, each once. */
  capabilities: string[];
}
