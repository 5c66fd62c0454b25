import { describe, expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { agent, cannot, fenced, holdOn, isAlive, KINDS, start, testLeash, until } from './support.ts';

describe.each(KINDS)('a lost leash with containment by %s', (kind) => {
  const skipped = test.skipIf(cannot(kind) !== null);

  skipped('is replaced when it is killed, and its runs are fenced all the same [P3]', async () => {
    const leash = await testLeash(kind);
    const hold = await holdOn(leash, { leaseMs: 6_000 });
    const { pid } = await start(hold, [agent('sleeper.sh')]);
    const first = leash.pid;
    const renewals = setInterval(() => hold.renew(bootClockMs()), 100);
    onTestFinished(() => clearInterval(renewals));
    process.kill(first, 'SIGKILL');
    await until(() => leash.pid !== 0 && leash.pid !== first, 'a new leash runs');
    expect(isAlive(pid)).toBe(true);
    clearInterval(renewals);
    expect(await fenced(hold)).toMatch(/^lease not renewed/);
    await until(() => !isAlive(pid), 'the program is ended');
    await hold.release();
  });

  skipped('ends every tree before it goes when it is told to stop, and another takes new runs [P3]', async () => {
    const leash = await testLeash(kind);
    const hold = await holdOn(leash);
    const { pid } = await start(hold, [agent('sleeper.sh')]);
    const first = leash.pid;
    process.kill(first, 'SIGTERM');
    expect(await fenced(hold)).toContain('SIGTERM');
    await until(() => !isAlive(first), 'the leash is gone');
    expect(isAlive(pid)).toBe(false);
    await hold.release();
    const next = await holdOn(leash, { runId: 'next' });
    const { pid: other } = await start(next, [agent('sleeper.sh')]);
    await next.release();
    expect(isAlive(other)).toBe(false);
  });

  skipped('is replaced when it does not answer [P3]', async () => {
    const leash = await testLeash(kind);
    const first = leash.pid;
    process.kill(first, 'SIGSTOP');
    const hold = await holdOn(leash);
    expect(leash.pid).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    await hold.release();
  });

  skipped('is replaced when it stops answering while it ends a run [S3]', async () => {
    const leash = await testLeash(kind);
    const hold = await holdOn(leash);
    const { pid, output } = await start(hold, [agent('term-ignorer.sh')]);
    const first = leash.pid;
    const ended = hold.end({ graceMs: 3_000, reason: 'test' });
    await until(() => output().includes('heard TERM'), 'TERM is heard');
    process.kill(first, 'SIGSTOP');
    expect((await ended).alive).toBeGreaterThanOrEqual(1);
    expect([first, pid].filter(isAlive)).toEqual([]);
    await hold.release();
  });

  skipped('has its runs ended by the worker when no other leash can be started [P3]', async () => {
    const said: string[] = [];
    const leash = await testLeash(kind, { onFenced: (runId) => said.push(runId) });
    const hold = await holdOn(leash);
    const { pid } = await start(hold, [agent('term-ignorer.sh')]);
    const node = process.execPath;
    process.execPath = '/no/such/node';
    onTestFinished(() => {
      process.execPath = node;
    });
    process.kill(leash.pid, 'SIGKILL');
    expect(await fenced(hold)).toContain('no other could be started');
    expect(said).toEqual(['run']);
    await hold.end({ graceMs: 0, reason: 'test' });
    expect(isAlive(pid)).toBe(false);
    await hold.release();
    await expect(holdOn(leash)).rejects.toThrow('the leash did not start');
    process.execPath = node;
    const next = await holdOn(leash);
    await next.release();
  });

  skipped('answers the end of a run that a dead leash was asked for [S3]', async () => {
    const leash = await testLeash(kind);
    const hold = await holdOn(leash);
    const { pid } = await start(hold, [agent('term-ignorer.sh')]);
    const ended = hold.end({ graceMs: 1_500, reason: 'test' });
    process.kill(leash.pid, 'SIGKILL');
    await ended;
    expect(isAlive(pid)).toBe(false);
    await hold.release();
  });
});

test('is replaced when it does not answer an end or a release, and killed when it does not close [P3]', async () => {
  const leash = await testLeash('sweep');
  const hold = await holdOn(leash);
  const { pid } = await start(hold, [agent('sleeper.sh')]);
  const stopped: number[] = [];
  const stop = () => {
    stopped.push(leash.pid);
    process.kill(leash.pid, 'SIGSTOP');
  };
  stop();
  await hold.end({ graceMs: 0, reason: 'test' });
  expect(isAlive(pid)).toBe(false);
  stop();
  await hold.release();
  stop();
  await leash.close();
  expect(new Set(stopped).size).toBe(3);
  expect(stopped.filter(isAlive)).toEqual([]);
});

test('is not taken for silent by a worker that was itself stopped for long [P3]', async () => {
  const leash = await testLeash('sweep');
  const hold = await holdOn(leash);
  const { pid } = leash;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);
  await hold.end({ graceMs: 0, reason: 'test' });
  await hold.release();
  expect(leash.pid).toBe(pid);
});
