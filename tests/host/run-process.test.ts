import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import type { ProcessOptions } from '../../workers/host/run-process.ts';
import { agent, cannot, holdOn, isAlive, KINDS, pidsIn, tempDir, testLeash, until } from '../leash/support.ts';
import { ENV, run } from './run-support.ts';

describe.each(KINDS)('a process contained by %s', (kind) => {
  const skipped = test.skipIf(cannot(kind) !== null);
  const newHold = async () => holdOn(await testLeash(kind));

  skipped('can open its output by name, as scripts do [S1]', async () => {
    const { result, output } = run(await newHold(), [
      '/bin/sh',
      '-c',
      'echo one > /dev/stdout; echo two > /dev/stderr',
    ]);
    expect(await result).toMatchObject({ exitCode: 0, ended: 'exit' });
    expect(output()).toContain('one\n');
    expect(output()).toContain('[two\n]');
  });

  skipped('ends with its exit code and all it wrote [S3]', async () => {
    const { result, output } = run(await newHold(), [agent('crasher.sh'), '7']);
    expect(await result).toMatchObject({ exitCode: 7, signal: null, ended: 'exit', leftBehind: 0 });
    expect(output()).toBe('[about to crash\n]');
    const { startedAt, endedAt } = await result;
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
    expect(Math.abs(Date.now() - endedAt)).toBeLessThan(10_000);
  });

  skipped('reports the signal that ended it [S3]', async () => {
    const segv = run(await newHold(), [agent('crasher.sh'), 'SEGV']);
    expect(await segv.result).toMatchObject({ exitCode: null, signal: 'SIGSEGV', ended: 'exit' });
  });

  skipped('reports a kill -9 from outside within 5 s, with the signal [S3]', async () => {
    const { result, output } = run(await newHold(), ['/bin/sh', '-c', 'echo $$; sleep 600 & wait']);
    await until(() => pidsIn(output()).length > 0, 'the program says its pid');
    const from = performance.now();
    process.kill(Number(pidsIn(output())[0]), 'SIGKILL');
    expect(await result).toMatchObject({ exitCode: null, signal: 'SIGKILL', ended: 'exit', leftBehind: 1 });
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  skipped('gets the environment given and the cookie, and nothing else [T1]', async () => {
    const hold = await newHold();
    const { result, output } = run(hold, ['env'], { env: { ...ENV, GREETING: 'good day' } });
    expect(await result).toMatchObject({ exitCode: 0 });
    const expected = { ...ENV, GREETING: 'good day', ...hold.env };
    const lines = Object.entries(expected).map(([name, value]) => `${name}=${value}`);
    expect(output().trim().split('\n').sort()).toEqual(lines.sort());
  });

  skipped('gets its arguments as they are, whatever a shell would make of them [S3]', async () => {
    const args = ['a b', '$HOME', '`id`', '"', "'", '*', '', '-n', 'x\ny', ';exit 3'];
    const { result, output } = run(await newHold(), ['printf', '<%s>', ...args]);
    expect(await result).toMatchObject({ exitCode: 0 });
    expect(output()).toBe(args.map((arg) => `<${arg}>`).join(''));
  });

  skipped('runs in its working folder, with its own session, and reads what it is given [S3]', async () => {
    const cwd = tempDir();
    const script = 'pwd; cat; ps -o pid= -o pgid= -o sid= -p $$';
    const { result, output } = run(await newHold(), ['sh', '-c', script], { cwd, stdin: 'given\n' });
    expect(await result).toMatchObject({ exitCode: 0 });
    const [folder, given, ids = ''] = output().split('\n');
    expect([folder, given]).toEqual([cwd, 'given']);
    expect(new Set(ids.trim().split(/\s+/)).size).toBe(1);
  });

  skipped('finds nothing to read when it is given nothing [S3]', async () => {
    const { result, output } = run(await newHold(), ['cat']);
    expect(await result).toMatchObject({ exitCode: 0 });
    expect(output()).toBe('');
  });

  skipped('is not an exit code when there is no such program, no right to run it or no folder [S3]', async () => {
    const hold = await newHold();
    const dir = tempDir();
    writeFileSync(join(dir, 'plain'), '#!/bin/sh\n');
    writeFileSync(join(dir, 'script'), '#!/no/such/interpreter\n');
    chmodSync(join(dir, 'script'), 0o755);
    mkdirSync(join(dir, 'folder'));
    const failure = async (command: string[], options: Partial<ProcessOptions> = {}) => {
      const result = await run(hold, command, { cwd: dir, ...options }).result;
      expect(result).toMatchObject({ ended: 'spawn-error', exitCode: null, signal: null, leftBehind: 0 });
      return result.error;
    };
    expect(await failure(['no-such-program'])).toMatch(/no-such-program was not found on PATH .*ENOENT/);
    expect(await failure(['./missing'])).toMatch(/missing cannot be run: no such file \(ENOENT\)/);
    expect(await failure(['./plain'])).toMatch(/plain cannot be run: permission denied \(EACCES\)/);
    expect(await failure(['./folder'])).toMatch(/folder cannot be run: it is not a file \(EACCES\)/);
    expect(await failure(['./script'])).toContain('/no/such/interpreter');
    expect(await failure(['ls'], { env: { PATH: '/nowhere' } })).toContain('/nowhere');
    expect(await failure(['ls'], { cwd: join(dir, 'gone') })).toMatch(/working folder .*gone does not exist/);
    expect(await failure(['a\0b'])).toContain('NUL byte');
    expect(await failure([])).toContain('the command is empty');
  });

  skipped('has what it leaves behind ended and counted, without waiting for the pipes it left open [S3]', async () => {
    const from = performance.now();
    const { result, output } = run(await newHold(), ['sh', '-c', 'sleep 600 & echo $!; echo done']);
    expect(await result).toMatchObject({ exitCode: 0, ended: 'exit', leftBehind: 1 });
    expect(output()).toContain('done\n');
    expect(pidsIn(output()).filter(isAlive)).toEqual([]);
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  skipped('leaves no grandchild that escaped by setsid and double fork [S3]', async () => {
    const { result, output } = run(await newHold(), [process.execPath, agent('escaper.mjs'), 'leave']);
    expect(await result).toMatchObject({ exitCode: 0, leftBehind: expect.any(Number) });
    expect((await result).leftBehind).toBeGreaterThanOrEqual(1);
    expect(pidsIn(output()).filter(isAlive)).toEqual([]);
  });

  skipped('is waited for when it has closed its output and lives on [S3]', async () => {
    const { result, output } = run(await newHold(), [agent('mute.sh'), '0.5']);
    const { startedAt, endedAt, exitCode } = await result;
    expect(exitCode).toBe(7);
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(490);
    expect(output()).toBe('last words\n');
  });

  skipped('is ended with its whole tree when it is cancelled [S3]', async () => {
    const { result, output, cancel } = run(await newHold(), [agent('forker.sh')]);
    await until(() => output().includes('ready'), 'the program is ready');
    cancel();
    expect(await result).toMatchObject({ ended: 'cancelled', signal: 'SIGTERM' });
    expect(pidsIn(output()).filter(isAlive)).toEqual([]);
  });

  skipped('may say its last words between TERM and its end [S3]', async () => {
    const script = 'trap "echo goodbye; exit 5" TERM; echo ready; while :; do sleep 0.1; done';
    const { result, output, cancel } = run(await newHold(), ['sh', '-c', script]);
    await until(() => output().includes('ready'), 'the program is ready');
    cancel();
    expect(await result).toMatchObject({ ended: 'cancelled', exitCode: 5, signal: null });
    expect(output()).toContain('goodbye');
  });

  skipped('is killed after the grace when it ignores the TERM of its time-out [S3]', async () => {
    const { result, output } = run(await newHold(), [agent('term-ignorer.sh')], { timeoutMs: 1_000, graceMs: 500 });
    expect(await result).toMatchObject({ ended: 'timeout', signal: 'SIGKILL' });
    expect(output()).toContain('heard TERM');
  });

  skipped('says that it was fenced when its lease was lost [P3]', async () => {
    const hold = await holdOn(await testLeash(kind), { leaseMs: 1_500, graceMs: 500 });
    const { result } = run(hold, [agent('sleeper.sh')]);
    expect(await result).toMatchObject({ ended: 'fenced', error: expect.stringMatching(/^lease not renewed/) });
    const again = run(hold, [agent('sleeper.sh')]);
    expect(await again.result).toMatchObject({ ended: 'fenced', exitCode: null, signal: null });
  });

  skipped('writes bytes that are no text, and they come as they are [S2]', async () => {
    const chunks: Buffer[] = [];
    const { result } = run(await newHold(), ['printf', '\\377\\000\\376\\n\\303'], {
      onOutput: (_, chunk) => void chunks.push(chunk),
    });
    await result;
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0xff, 0, 0xfe, 0x0a, 0xc3]));
  });

  skipped('is ended when its output cannot be taken, and the reason comes out [T3]', async () => {
    const full = new Error('no space left on device');
    const { result } = run(await newHold(), [process.execPath, agent('chatterbox.mjs'), '50'], {
      onOutput: () => Promise.reject(full),
    });
    await expect(result).rejects.toBe(full);
  });
});

test('slows a program to the pace of its reader and keeps memory bounded through 100 MB [S2]', async () => {
  const hold = await holdOn(await testLeash('sweep'));
  const renewals = setInterval(() => hold.renew(bootClockMs()), 1_000);
  onTestFinished(() => clearInterval(renewals));
  let bytes = 0;
  let pending = 0;
  let peak = 0;
  const before = process.memoryUsage().rss;
  const { result } = run(hold, [process.execPath, agent('chatterbox.mjs'), '100'], {
    async onOutput(_, chunk) {
      pending += 1;
      expect(pending).toBe(1);
      bytes += chunk.length;
      if (bytes % (1 << 20) < chunk.length) {
        await sleep(5);
        peak = Math.max(peak, process.memoryUsage().rss - before);
      }
      pending -= 1;
    },
  });
  expect(await result).toMatchObject({ exitCode: 0, ended: 'exit' });
  expect(bytes).toBe(100 << 20);
  expect(peak).toBeLessThan(64 << 20);
});

test('gives all of its output even to a reader that is slower than its end [S2]', async () => {
  const hold = await holdOn(await testLeash('sweep'));
  let bytes = 0;
  const { result } = run(hold, ['head', '-c', '400000', '/dev/zero'], {
    async onOutput(_, chunk) {
      await sleep(300);
      bytes += chunk.length;
    },
  });
  expect(await result).toMatchObject({ exitCode: 0 });
  expect(bytes).toBe(400_000);
});

test('is not held up by a process that evaded its end and keeps the pipe open [S3]', async () => {
  const hold = await holdOn(await testLeash('sweep'));
  const script = `env -i setsid sh -c 'echo $$; sleep 600 & wait' & sleep 0.5`;
  const { result, output } = run(hold, ['sh', '-c', `(${script}); exit 0`]);
  expect(await result).toMatchObject({ exitCode: 0 });
  for (const pid of pidsIn(output())) if (isAlive(pid)) process.kill(-pid, 'SIGKILL');
});
