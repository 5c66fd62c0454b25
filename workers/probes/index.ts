export { allProbes } from './all-probes.ts';
export type { Exec, ExecOptions, ExecResult } from './exec.ts';
export type { Finding, Probe, ProbeContext, ProbeReport, ReportedFinding } from './probe.ts';
export { type ProbeOptions, runProbes } from './run-probes.ts';
