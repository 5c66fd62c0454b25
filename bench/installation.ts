import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Colibri } from '../client/colibri.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../server/embedded-server.ts';
import { packageRoot } from '../workers/version.ts';
import type { Figure } from './figure.ts';

const DATABASE = 'temporal.db';
const execute = promisify(execFile);

/** A whole installation of its own, every part a process as in daily use, in a temporary folder. */
export interface Installation {
  colibri: Colibri;
  server: EmbeddedServer;
  /** The control worker's process. */
  control: ChildProcess;
  /** What the server's database takes on disk, its journal included. */
  databaseBytes(): number;
  /** Starts a host and resolves when the fleet has it. */
  host(name: string, options: { slots: number; capabilities: readonly string[] }): Promise<ChildProcess>;
  /** Starts another program beside it; resolves when it prints `ready`, rejects when it ends before. */
  program(file: URL, args: readonly string[]): Promise<ChildProcess>;
  /** Runs the `colibri` program and resolves with what it prints. */
  run(args: readonly string[]): Promise<string>;
  end(child: ChildProcess): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a part of the bench in an installation that nothing else has used, and takes it down after. */
export async function* inInstallation(
  part: (installation: Installation) => AsyncGenerator<Figure, void>,
): AsyncGenerator<Figure, void> {
  const installation = await startInstallation();
  try {
    yield* part(installation);
  } finally {
    await installation.stop();
  }
}

async function startInstallation(): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'colibri-bench-'));
  const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: join(home, DATABASE) });
  const env = { ...process.env, TEMPORAL_ADDRESS: server.address, COLIBRI_HOME: home, COLIBRI_LOG_LEVEL: 'warn' };
  const children = new Set<ChildProcess>();
  // Nothing is left behind by a bench that is interrupted either.
  const abandon = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  };
  process.once('exit', abandon);
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
  const control = start([bin, 'worker', 'control']);
  const colibri = await Colibri.connect({ env });
  await until(async () => (await colibri.fleet().catch(() => undefined)) !== undefined);
  return {
    colibri,
    server,
    control,
    end,
    databaseBytes: () =>
      readdirSync(home)
        .filter((file) => file.startsWith(DATABASE))
        .reduce((bytes, file) => bytes + statSync(join(home, file)).size, 0),
    run: async (args) => (await execute(process.execPath, [bin, ...args], { env, maxBuffer: 64 * 2 ** 20 })).stdout,
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
      await until(async () =>
        (await colibri.hosts.list()).some((host) => host.name === name && host.status === 'online'),
      );
      return child;
    },
    async program(file, args) {
      const child = start([fileURLToPath(file), ...args]);
      if (child.stdout) for await (const line of createInterface(child.stdout)) if (line === 'ready') return child;
      throw new Error(`${fileURLToPath(file)} ended before it was ready`);
    },
    async stop() {
      await Promise.all([...children].map(end));
      await colibri.close();
      await server.stop();
      rmSync(home, { recursive: true, force: true });
      process.removeListener('exit', abandon);
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
