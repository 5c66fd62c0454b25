import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { type Hold, type HoldOptions, type Leash, type LeashOptions, startLeash } from '../../workers/leash/client.ts';
import type { ContainmentKind } from '../../workers/leash/containment.ts';
import { cgroupContainment } from '../../workers/leash/containment-cgroup.ts';

export const KINDS: readonly ContainmentKind[] = ['cgroup', 'sweep'];

/** Why runs cannot be contained by cgroup here, null when they can. */
export const noCgroup: string | null = await (async () => {
  const dir = mkdtempSync(join(tmpdir(), 'leash-'));
  const found = await cgroupContainment(dir);
  if (typeof found !== 'string') found.close();
  rmSync(dir, { recursive: true });
  if (typeof found === 'string' && process.env.CI && process.getuid?.() === 0) throw new Error(found);
  return typeof found === 'string' ? found : null;
})();

export function cannot(kind: ContainmentKind): string | null {
  return kind === 'cgroup' ? noCgroup : null;
}

/** Path of one of the small real programs that stand for agents. */
export function agent(name: string): string {
  return fileURLToPath(new URL(`../fixtures/agents/${name}`, import.meta.url));
}

/** A folder of the test's own, removed when it ends. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'leash-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A leash of the test's own, closed when the test ends. */
export async function testLeash(kind: ContainmentKind, options: Partial<LeashOptions> = {}): Promise<Leash> {
  process.env.COLIBRI_CONTAINMENT = kind;
  try {
    const leash = await startLeash({ stateDir: options.stateDir ?? tempDir(), ...options });
    onTestFinished(() => leash.close());
    return leash;
  } finally {
    delete process.env.COLIBRI_CONTAINMENT;
  }
}

export function holdOn(leash: Leash, options: Partial<HoldOptions> = {}): Promise<Hold> {
  return leash.hold({ runId: 'run', leaseMs: 60_000, graceMs: 1_000, sentAt: bootClockMs(), ...options });
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '');
  } catch {
    return false;
  }
}

/** Resolves as soon as the condition holds; throws when it does not within the time. */
export async function until(condition: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}

/** The numbers that a program has written, one a line. */
export function pidsIn(output: string): number[] {
  return [...output.matchAll(/^(\d+)$/gm)].map((match) => Number(match[1]));
}

/** Cgroups of runs, of any worker on this machine, that exist below a folder of the hierarchy. */
export function exists(path: string | null): boolean {
  return path !== null && existsSync(path);
}

export function filesIn(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** All that programs on a leash find in their environment, besides what the leash adds. */
export const ENV = { PATH: String(process.env.PATH) };

export interface Started {
  child: ChildProcess;
  pid: number;
  output(): string;
}

/** Starts a program on a hold, as the worker would, and waits until it says that it is ready. */
export async function start(hold: Hold, command: string[]): Promise<Started> {
  const env = { ...ENV, ...hold.env };
  const { file, args } = hold.wrap(command, env);
  const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const pid = Number(child.pid);
  await hold.started(pid);
  await until(() => output.includes('ready'), `${command[0]} is ready`);
  return { child, pid, output: () => output };
}

export function fenced(hold: Hold): Promise<string> {
  return new Promise((resolve) => {
    const tell = () => resolve(String(hold.fenced.reason));
    if (hold.fenced.aborted) tell();
    else hold.fenced.addEventListener('abort', tell);
  });
}
