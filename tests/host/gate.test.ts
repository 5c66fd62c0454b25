import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { deferred } from '../../workers/deferred.ts';
import type { HoldOptions } from '../../workers/leash/client.ts';
import { cannot, holdOn, isAlive, KINDS, tempDir, testLeash, until } from '../leash/support.ts';
import { ENV, run } from './run-support.ts';

describe.each(KINDS)('a process contained by %s, before it may start', (kind) => {
  const skipped = test.skipIf(cannot(kind) !== null);

  /** A program that leaves a file behind, held at its gate until the test clears it. */
  async function held(options: Partial<HoldOptions> = {}) {
    const hold = await holdOn(await testLeash(kind), options);
    const pids: number[] = [];
    const { started } = hold;
    hold.started = (pid) => {
      pids.push(pid);
      return started.call(hold, pid);
    };
    const { promise: cleared, resolve: clear, reject: refuse } = deferred<void>();
    const file = join(tempDir(), 'ran');
    const script = 'echo $$; env; ls /proc/self/fd; touch "$0"';
    const { result, output, cancel } = run(hold, ['sh', '-c', script, file], { cleared });
    result.catch(() => undefined);
    await until(() => pids.length === 1, 'the process is on the leash');
    return { hold, pid: Number(pids[0]), clear, refuse, file, result, output, cancel };
  }

  skipped(
    'is on the leash and does nothing, then becomes its program without a trace of the gate [B1] [P3]',
    async () => {
      const { hold, pid, clear, file, result, output } = await held();
      await sleep(300);
      expect(isAlive(pid)).toBe(true);
      expect(existsSync(file)).toBe(false);
      const clearedAt = Date.now();
      clear();
      const { startedAt } = await result;
      expect(startedAt).toBeGreaterThanOrEqual(clearedAt);
      expect(existsSync(file)).toBe(true);
      const [own, ...lines] = output().trim().split('\n');
      expect(Number(own)).toBe(pid);
      const variables = lines.filter((line) => line.includes('=')).map((line) => line.split('=')[0]);
      expect(variables.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(String(name))).sort()).toEqual(
        [...Object.keys(ENV), ...Object.keys(hold.env)].sort(),
      );
      // The gate's own descriptor, 3, is free: the folder that is being listed has it.
      expect(lines).not.toContain('4');
    },
  );

  skipped('is never started when it is cancelled first [S3]', async () => {
    const { pid, file, clear, cancel, result } = await held();
    cancel();
    clear();
    expect(await result).toMatchObject({ ended: 'cancelled', exitCode: null, signal: null });
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  skipped('is never started when its lease runs out first [P3]', async () => {
    const { hold, pid, file, clear, result } = await held({ leaseMs: 2_000 });
    await until(() => hold.fenced.aborted, 'the leash fences it');
    clear();
    expect(await result).toMatchObject({ ended: 'fenced', exitCode: null, signal: null });
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });
});
