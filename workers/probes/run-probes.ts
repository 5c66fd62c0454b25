import { setMaxListeners } from 'node:events';
import { allProbes } from './all-probes.ts';
import { createExec, type Exec } from './exec.ts';
import { missing } from './findings.ts';
import type { Finding, Probe, ProbeReport, ReportedFinding } from './probe.ts';

export interface ProbeOptions {
  /** Names of the probes to run; default all. */
  only?: readonly string[];
  /** For each probe, instead of its own limit (mostly 5 s); never more than 15 s. */
  timeoutMs?: number;
  /** Tags not to advertise although they are found; it wins over `add`. */
  hide?: readonly string[];
  /** Tags to advertise without proof. */
  add?: readonly string[];
  signal?: AbortSignal;
  /** What probes see; should be what agents will see. Default that of this process. */
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  probes?: ReadonlyMap<string, Probe>;
  createExec?: (env: NodeJS.ProcessEnv, signal: AbortSignal) => Exec;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const LONGEST_TIMEOUT_MS = 15_000;
/** For what a probe started to be ended after its time is up; after that the report goes out without waiting. */
const CLEANUP_MS = 2_000;
/** Share of a probe's time that one program of it may take. */
const PROGRAM_SHARE = 0.8;

/**
 * Runs the probes side by side and reports what this machine can do. Never hangs and never rejects for a probe's sake:
 * one that throws or runs late leaves its tags not found, with the reason.
 * @throws {RangeError} when `only` names a probe that does not exist.
 */
export async function runProbes(options: ProbeOptions = {}): Promise<ProbeReport> {
  const probes = options.probes ?? allProbes;
  const unknown = options.only?.find((name) => !probes.has(name));
  if (unknown !== undefined) throw new RangeError(`no probe "${unknown}"; there are ${[...probes.keys()].join(', ')}`);
  const chosen = [...probes.values()].filter((probe) => options.only?.includes(probe.name) ?? true);
  // One listener for each probe.
  if (options.signal) setMaxListeners(0, options.signal);
  const reported = (await Promise.all(chosen.map((probe) => runProbe(probe, options)))).flat();
  const findings = amend(reported, options.hide ?? [], options.add ?? []);
  const tags = findings.filter((finding) => finding.found).map((finding) => finding.tag);
  return { at: Date.now(), findings, capabilities: [...new Set(tags)].sort() };
}

async function runProbe(probe: Probe, options: ProbeOptions): Promise<ReportedFinding[]> {
  const limitMs = Math.min(options.timeoutMs ?? probe.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS);
  const env = quietEnvironment(options.env ?? process.env);
  const stop = new AbortController();
  const { signal } = stop;
  // Forwarded by hand and taken off again, so that nothing of a round hangs on to the worker's long-lived signal.
  const forward = () => stop.abort();
  options.signal?.addEventListener('abort', forward);
  if (options.signal?.aborted) stop.abort();
  // One listener for each program that runs, and a probe of versions runs a dozen at once.
  setMaxListeners(0, signal);
  const exec = (options.createExec ?? createExec)(env, signal);
  const programs = new Set<Promise<unknown>>();
  const started = performance.now();
  const noneOf = (how: string) => probe.tags.map((tag) => missing(tag, how));

  const run = Promise.resolve()
    .then(() =>
      probe.run({
        signal,
        env,
        platform: options.platform ?? process.platform,
        timeoutMs: Math.ceil(limitMs * PROGRAM_SHARE),
        exec: (...call) => {
          const program = exec(...call);
          programs.add(program);
          return program;
        },
      }),
    )
    .catch((error: unknown) => noneOf(`the probe failed: ${error instanceof Error ? error.message : String(error)}`));

  let findings = await within(limitMs, run, signal);
  if (findings === undefined) {
    stop.abort();
    await within(CLEANUP_MS, Promise.allSettled([run, ...programs]));
    findings = noneOf(options.signal?.aborted ? 'probing was stopped' : `no answer within ${limitMs} ms`);
  }
  options.signal?.removeEventListener('abort', forward);
  const ms = Math.round(performance.now() - started);
  return findings.map((finding) => ({ ...finding, probe: probe.name, ms }));
}

/** What the promise gives, or undefined when time is up or `signal` aborts first. */
function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => finish(() => resolve(undefined));
    const timer = setTimeout(giveUp, ms);
    const finish = (report: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      report();
    };
    if (signal?.aborted) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    promise.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}

// Looking must not change anything: no toolchain fetched, no program updating itself because it was asked its version.
function quietEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOTOOLCHAIN: 'local', RUSTUP_AUTO_INSTALL: '0', DISABLE_AUTOUPDATER: '1', NO_UPDATE_NOTIFIER: '1' };
}

function amend(findings: ReportedFinding[], hide: readonly string[], add: readonly string[]): ReportedFinding[] {
  const configured = { probe: 'configuration', ms: 0 };
  const added = [...new Set(add)].filter((tag) => !hide.includes(tag));
  const proven = findings.filter((finding) => !added.includes(finding.tag)).map((finding) => hidden(finding, hide));
  const claimed = added.map((tag) => ({ tag, found: true, how: 'added by configuration, not proven', ...configured }));
  return [...proven, ...claimed];
}

function hidden<T extends Finding>(finding: T, hide: readonly string[]): T {
  if (!finding.found || !hide.includes(finding.tag)) return finding;
  return { ...finding, found: false, how: `hidden by configuration, although ${finding.how}` };
}
