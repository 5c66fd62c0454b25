import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorJson, TaskListJson, TaskSubmitJson } from '../../../cli/json-shapes.ts';
import { Colibri } from '../../../client/colibri.ts';
import { type TestServer, testNamespace } from '../../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../../support/warm-program.ts';
import { colibri, type Ran, start } from '../support.ts';
import { linesOf, listed, many } from './support.ts';

// Submissions are bound by the server's processor time, which others may want as well.
vi.setConfig({ testTimeout: 180_000 });

let server: TestServer;
let program: WarmProgram;
let env: NodeJS.ProcessEnv;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'intake-'));
  program = warmProgram();
});
afterAll(async () => {
  await program?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  server = await testNamespace();
  env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
}, 60_000);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function run(...args: string[]): Promise<Ran> {
  return program.colibri(['task', 'intake', ...args], env);
}

describe('task intake', () => {
  it('submits each task once, and says so for each that is there already, in this intake or a later one [B1]', async () => {
    const text = `${many(3)}\n\n${JSON.stringify({ command: ['echo', 'second of this key'], key: 'k1' })}\n`;
    const path = file('twice.jsonl', text);
    const first = linesOf(await run(path, '--json'));
    expect(first.lines.map(({ line, status }) => [line, status])).toEqual([
      [1, 'submitted'],
      [2, 'submitted'],
      [3, 'submitted'],
      [5, 'existing'],
    ]);
    expect(first.lines[3]?.id).toBe(first.lines[1]?.id);
    expect(first.summary).toMatchObject({ format: 'jsonl', tasks: 4, submitted: 3, existing: 1, notSubmitted: 0 });

    const again = await run(path);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/^LINE +RESULT +ID +REQUIRES +NAME\n +1 +already there +[b-z2-9]{14} +r0 +echo 0\n/);
    expect(again.stdout).toMatch(/\n4 tasks: 4 already there\n$/);
    expect(await listed(3, env)).toEqual(
      first.lines
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    );

    // By its key a task is found by `task submit`, too, whatever else is given.
    const submit = await program.colibri(['task', 'submit', '--key', 'k1', '--json', '--', 'true'], env);
    expect(TaskSubmitJson.parse(JSON.parse(submit.stdout))).toMatchObject({
      existing: true,
      id: first.lines[1]?.id,
      state: 'queued',
    });
    expect((await program.colibri(['task', 'submit', '--key', 'k1', '--id', 'x', '--', 'true'], env)).code).toBe(2);
  });

  it('gives one task for each key when two intakes run at once [B2]', async () => {
    const path = file('race.jsonl', many(150));
    const [a, b] = (await Promise.all([1, 2].map(() => colibri(['task', 'intake', path, '--json'], env)))).map(linesOf);
    expect((a?.summary.submitted ?? 0) + (b?.summary.submitted ?? 0)).toBe(150);
    expect((a?.summary.existing ?? 0) + (b?.summary.existing ?? 0)).toBe(150);
    for (const [at, line] of (a?.lines ?? []).entries()) {
      expect([line.status, b?.lines[at]?.status].sort()).toEqual(['existing', 'submitted']);
      expect(line.id).toBe(b?.lines[at]?.id);
    }
    expect(new Set(await listed(150, env)).size).toBe(150);
  });

  it('submits nothing if any task is bad, and the good ones with --partial [T2]', async () => {
    const path = file('bad.yaml', '- command: echo one\n- command: echo two\n  prioriti: 1\n- command: echo three\n');
    const refused = await run(path);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      'line 3, column 3  prioriti: there is no such field; did you mean "priority"?\n' +
        'error: 1 of 3 tasks is not valid; nothing was submitted\n  correct them, or submit the others with --partial\n',
    );
    const refusedJson = await run(path, '--json');
    expect(ErrorJson.parse(JSON.parse(refusedJson.stderr)).error.code).toBe('invalid');
    expect(linesOf(refusedJson).lines.map(({ status }) => status)).toEqual([
      'not-submitted',
      'invalid',
      'not-submitted',
    ]);

    const partial = await run(path, '--partial', '--json');
    expect(partial).toMatchObject({ code: 1, stderr: '' });
    const { lines, summary } = linesOf(partial);
    expect(summary).toMatchObject({ tasks: 3, submitted: 2, invalid: 1 });
    expect(lines[1]).toMatchObject({
      line: 2,
      status: 'invalid',
      id: null,
      errors: [{ line: 3, column: 3, field: 'prioriti' }],
    });
    expect(await listed(2, env)).toHaveLength(2);
    expect((await run(file('all-bad.yaml', '- 1\n- 2\n'), '--partial')).code).toBe(2);
  });

  it('shows with --dry-run what would be submitted, also without a server, and submits nothing [B1]', async () => {
    const path = file('dry.md', '- [ ] one `key: a`\n  command: x\n- [ ] two\n  command: y\n');
    const dry = await run(path, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      / 1 +would be submitted +[b-z2-9]{14} +- +one\n +3 +would be submitted +- +- +two\n2 tasks: 2 would be submitted\n$/,
    );
    const away = await program.colibri(['task', 'intake', path, '--dry-run', '--json'], {
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    });
    expect(linesOf(away)).toMatchObject({
      lines: [{ status: 'would-submit' }, { id: null }],
      summary: { dryRun: true },
    });
    expect(
      TaskListJson.parse(JSON.parse((await program.colibri(['task', 'list', '--json'], env)).stdout)).tasks,
    ).toEqual([]);
  });

  it('warns of tags that are most likely misspelt, and submits all the same [R6]', async () => {
    const path = file(
      'tags.jsonl',
      '{"command":["a"],"requires":["dokcer","gpu","of-my-own"]}\n{"command":["b"],"requires":["dokcer"]}',
    );
    const { code, stderr, stdout } = await run(path);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: lines 1-2: no host has "dokcer"; did you mean "docker"?\n',
    });
    expect(stdout).toContain('2 tasks: 2 submitted');
    expect(linesOf(await run(path, '--json', '--dry-run')).lines[1]?.warnings).toEqual([
      'no host has "dokcer"; did you mean "docker"?',
    ]);
  });

  it('refuses a task whose skill there is not, by its line and with the nearest name [R3]', async () => {
    const path = file('skill.yaml', '- skill: tmux-screenshot\n- skill: tmux-screenshoot\n');
    for (const more of [[], ['--dry-run']]) {
      const { code, stderr } = await run(path, ...more);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^line 2 {2}skill: there is no skill "tmux-screenshoot"; did you mean .*tmux-screenshot/);
    }
    const { lines, summary } = linesOf(await run(path, '--partial', '--json'));
    expect(summary).toMatchObject({ submitted: 1, invalid: 1 });
    expect(lines[0]).toMatchObject({ status: 'submitted', requires: ['screenshot'] });
  });

  it('refuses a file that is not there, a folder, an unknown format and an empty stdin [T2]', async () => {
    expect(await run('nofile')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no file "nofile"'),
    });
    expect(await run(folder)).toMatchObject({ code: 2, stderr: expect.stringContaining('is a folder') });
    expect(await run('--format', 'xml')).toMatchObject({ code: 2, stderr: expect.stringContaining('jsonl') });
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no task in it') });
  });

  it('exits 5 where nothing listens, and 2 before that for what is not valid [B5]', async () => {
    const away = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
    expect((await program.colibri(['task', 'intake', file('ok.jsonl', many(1))], away)).code).toBe(5);
    expect((await program.colibri(['task', 'intake', file('notok.jsonl', '{}')], away)).code).toBe(2);
  });

  it('stops in order when interrupted, says what is submitted, and goes on by keys [B1]', async () => {
    const path = file('interrupted.jsonl', many(600));
    const running = start(['task', 'intake', path, '--json'], env);
    await running.said('"status":"submitted"');
    running.kill('SIGINT');
    const stopped = await running.ended;
    expect(stopped.code).toBe(130);
    const before = linesOf(stopped);
    expect(before.lines).toHaveLength(600);
    expect(before.summary.submitted).toBeGreaterThan(0);
    expect(before.summary.notSubmitted).toBe(600 - before.summary.submitted);
    expect(before.summary.notSubmitted).toBeGreaterThan(0);

    const after = linesOf(await run(path, '--json'));
    expect(after.summary).toMatchObject({ submitted: before.summary.notSubmitted, existing: before.summary.submitted });
    for (const [at, line] of after.lines.entries()) {
      expect(line.status).toBe(before.lines[at]?.status === 'submitted' ? 'existing' : 'submitted');
    }
  });

  it('says after an interruption which lines are submitted, where tasks have no keys [B1]', async () => {
    const text = Array.from({ length: 3_000 }, () => '{"command":["true"]}').join('\n');
    const running = start(['task', 'intake', file('keyless.jsonl', text)], env);
    const client = await Colibri.connect({ env });
    await expect
      .poll(async () => (await client.list()).tasks.length, { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(0);
    await client.close();
    running.kill('SIGTERM');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(143);
    const submitted = Number(
      /3,000 tasks: ([\d,]+) submitted, [\d,]+ not submitted/.exec(stdout)?.[1]?.replace(',', ''),
    );
    expect(stderr).toContain(`Submitted lines: 1-${submitted}. Not: ${submitted + 1}-3000.`);
    expect(stderr).toContain('--key-prefix');
    expect(await listed(submitted, env)).toHaveLength(submitted);
  });
});
