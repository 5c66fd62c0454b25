import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Colibri } from '../client/colibri.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../server/embedded-server.ts';
import { packageRoot } from '../workers/version.ts';

/** A whole installation of its own, every part a process as in daily use, in a temporary folder. */
export interface Installation {
  colibri: Colibri;
  server: EmbeddedServer;
  /** Starts a host and resolves when the fleet has it. */
  host(name: string, options: { slots: number; capabilities: readonly string[] }): Promise<ChildProcess>;
  /** Starts another program beside it; resolves when it prints `ready`. */
  program(file: URL, args: readonly string[]): Promise<ChildProcess>;
  end(child: ChildProcess): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstallation(): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'colibri-bench-'));
  const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: join(home, 'temporal.db') });
  const env = { ...process.env, TEMPORAL_ADDRESS: server.address, COLIBRI_HOME: home, COLIBRI_LOG_LEVEL: 'warn' };
  const children = new Set<ChildProcess>();
  const start = (args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    return child;
  };
  const end = async (child: ChildProcess): Promise<void> => {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  const bin = join(packageRoot, 'bin', 'colibri.js');
  start([bin, 'worker', 'control']);
  const colibri = await Colibri.connect({ env });
  await until(async () => (await colibri.fleet().catch(() => undefined)) !== undefined);
  return {
    colibri,
    server,
    end,
    async host(name, { slots, capabilities }) {
      const child = start([
        bin,
        'worker',
        'host',
        '--name',
        name,
        '--slots',
        String(slots),
        '--capabilities',
        capabilities.join(','),
      ]);
      await until(async () => (await colibri.hosts()).some((host) => host.name === name && host.status === 'online'));
      return child;
    },
    async program(file, args) {
      const child = start([fileURLToPath(file), ...args]);
      if (child.stdout) for await (const line of createInterface(child.stdout)) if (line === 'ready') break;
      return child;
    },
    async stop() {
      await Promise.all([...children].map(end));
      await colibri.close();
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits until it holds; asks ten times a second, for a minute at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come within a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
