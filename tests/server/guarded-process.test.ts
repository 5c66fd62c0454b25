import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../scripts/lib/lock.mjs';
import { spawnGuarded } from '../../server/guarded-process.ts';

const COMPILED = fileURLToPath(new URL('../../dist/server/guarded-process.js', import.meta.url));

async function untilGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

/** A process that starts `program` guarded and prints its pid. */
async function starter(program: string[]) {
  const [command, ...args] = program;
  const script = `const { spawnGuarded } = await import(${JSON.stringify(COMPILED)});
    const child = spawnGuarded(${JSON.stringify(command)}, ${JSON.stringify(args)}, process.env);
    child.stdout.once('data', () => console.log(child.pid));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  return { parent, pid: Number(line) };
}

describe('spawnGuarded', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends the program when its starter dies of %s [T3]',
    async (signal) => {
      const { parent, pid } = await starter(['sh', '-c', 'echo up; exec sleep 1000']);
      expect(isAlive(pid)).toBe(true);
      parent.kill(signal);
      await once(parent, 'exit');
      expect(await untilGone(pid, 8_000)).toBe(true);
    },
  );

  it('kills a program that ignores SIGTERM when its starter dies [T3]', async () => {
    const { parent, pid } = await starter(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done']);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(await untilGone(pid, 20_000)).toBe(true);
  });

  it('passes on the exit code of the program itself [T3]', async () => {
    const child = spawnGuarded('sh', ['-c', 'exit 7'], process.env);
    expect(await child.exited).toEqual({ code: 7, signal: null });
  });

  it('stops a program that ignores SIGTERM after its grace [T3]', async () => {
    const child = spawnGuarded('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done'], process.env);
    await once(child.stdout, 'data');
    expect(await child.stop(300)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says 127 when there is no such program [T2]', async () => {
    const child = spawnGuarded('/no/such/program', [], process.env);
    expect((await child.exited).code).toBe(127);
  });
});
