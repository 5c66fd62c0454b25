import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock, withLock } from '../../scripts/lib/lock.mjs';

const MODULE = fileURLToPath(new URL('../../scripts/lib/lock.mjs', import.meta.url));

let dir: string;
let path: string;
let children: ChildProcess[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(dir, 'deep', 'lock');
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** A process that does `code` with the lock module as `m`; resolves at its first line of output. */
async function other(code: string): Promise<ChildProcess> {
  const script = `const m = await import(${JSON.stringify(MODULE)}); ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
}

const holds = () =>
  other(`console.log('lock' in m.tryLock(${JSON.stringify(path)}, { address: 'here' })); setInterval(() => {}, 1000);`);

describe('a lock file', () => {
  it('is refused while its holder lives, and says who that is [T3]', async () => {
    const holder = await holds();
    expect(tryLock(path)).toMatchObject({ holder: { pid: holder.pid, address: 'here' } });
  });

  it('is taken over at once from a holder that was killed [T3]', async () => {
    const holder = await holds();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const taken = tryLock(path);
    expect(taken).toHaveProperty('lock');
    if ('lock' in taken) taken.lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'is not held by a process that merely got the pid of the holder [T3]',
    async () => {
      await holds();
      const holder = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...holder, start: '1' }));
      expect(tryLock(path)).toHaveProperty('lock');
    },
  );

  it('goes over to another process and ends with that one [T3]', async () => {
    const heir = await other(`console.log('here'); setInterval(() => {}, 1000);`);
    const mine = tryLock(path);
    if (!('lock' in mine)) throw new Error('the lock was not free');
    mine.lock.handOver(heir.pid as number);
    expect(tryLock(path)).toMatchObject({ holder: { pid: heir.pid } });
    heir.kill('SIGKILL');
    await once(heir, 'exit');
    expect(tryLock(path)).toHaveProperty('lock');
  });

  it('lets many waiting processes through one at a time [T3]', async () => {
    const file = JSON.stringify(join(dir, 'inside'));
    const code = `import('node:fs').then(async (fs) => {
      await m.withLock(${JSON.stringify(path)}, async () => {
        fs.writeFileSync(${file}, '', { flag: 'wx' });
        await new Promise((resolve) => setTimeout(resolve, 30));
        fs.rmSync(${file});
      });
      console.log('through');
    });`;
    const through = await Promise.all(Array.from({ length: 5 }, () => other(code)));
    const codes = await Promise.all(through.map(async (child) => child.exitCode ?? (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0, 0]);
  });

  it('is given up when the waiting is interrupted [T3]', async () => {
    await holds();
    const aborter = new AbortController();
    const waiting = withLock(path, () => 'in', { signal: aborter.signal, onWait: () => aborter.abort() });
    await expect(waiting).rejects.toThrow();
  });
});
