import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PlanListJson,
  PlanShowJson,
  PlanSubmitJson,
  PlanWatchLineJson,
  ScheduleListJson,
  ScheduleShowJson,
  ScheduleTriggerJson,
} from '../../cli/json-shapes.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { Fleet } from '../system/harness/fleet.ts';
import type { Ran } from './support.ts';

let fleet: Fleet;
let program: WarmProgram;
let env: NodeJS.ProcessEnv;
const dir = mkdtempSync(join(tmpdir(), 'plan-cli-'));

beforeAll(async () => {
  program = warmProgram();
  const server = await testNamespace();
  env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
  fleet = await Fleet.start({ server, lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4 });
}, 120_000);

afterAll(async () => {
  await program?.close();
  await fleet?.close();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const run = (...args: string[]): Promise<Ran> => program.colibri(args, env);

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const TWO =
  'tasks:\n  a: { command: [echo, hello] }\n  b: { command: [sh, -c, "exit $CODE"], needs: [a], env: { CODE: "0" } }\n';

describe('colibri plan', () => {
  it('submits a file, follows it, shows and lists it, in words and as JSON of the told shapes [B5]', async () => {
    const yaml = file('two.yaml', TWO);
    const waited = await run('plan', 'submit', yaml, '--id', 'two', '--wait', '--json');
    expect(waited.stderr).toBe('');
    expect(waited.code).toBe(0);
    const lines = waited.stdout
      .trim()
      .split('\n')
      .map((line) => PlanWatchLineJson.parse(JSON.parse(line)));
    expect(lines[0]).toMatchObject({ submitted: { id: 'two', tasks: 2 } });
    expect(lines.at(-1)).toMatchObject({ plan: { state: 'done', counts: { done: 2 } } });

    const shown = await run('plan', 'show', 'two');
    expect(shown.stdout).toMatch(/^two {2}done {2}all 2 tasks are done$/m);
    expect(shown.stdout).toMatch(/^done {7}└─ b/m);
    PlanShowJson.parse(JSON.parse((await run('plan', 'show', 'two', '--json')).stdout));
    const { plans } = PlanListJson.parse(JSON.parse((await run('plan', 'list', '--json')).stdout));
    expect(plans).toContainEqual(expect.objectContaining({ id: 'two', state: 'done', done: 2, total: 2 }));
    expect((await run('task', 'list', '--plan', 'two')).stdout).toMatch(/two\.a .*\n.*two\.b|two\.b .*\n.*two\.a/);
  });

  it('ends with 1 when a task fails, and can be tried again [B5] [B4]', async () => {
    const json = JSON.stringify({ tasks: { a: { command: ['sh', '-c', `test -e ${join(dir, 'there')}`] } } });
    expect((await run('plan', 'submit', file('one.json', json), '--id', 'one', '--wait')).code).toBe(1);
    writeFileSync(join(dir, 'there'), '');
    const again = await run('plan', 'retry', 'one', '--wait');
    expect(again.stdout).toContain('one done: all 1 tasks are done');
    expect(again.code).toBe(0);
    expect((await run('plan', 'retry', 'one')).code).toBe(4);
  });

  it('refuses what is not valid with all that is wrong, each on a line, and changes nothing [T2]', async () => {
    const bad = file('bad.yaml', 'tasks:\n  a: { command: [x], needs: [b] }\n  b: { comand: [x], needs: [a, cc] }\n');
    const ran = await run('plan', 'submit', bad, '--id', 'bad');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('  tasks.b.comand: there is no such field; did you mean "command"?\n');
    expect(ran.stderr).toContain('  tasks: they need each other in a circle: a -> b -> a\n');
    const told = await run('plan', 'submit', file('half.yaml', 'tasks:\n  a: {command: [x]\n'), '--json');
    expect(told.code).toBe(2);
    expect(JSON.parse(told.stderr).error).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/at line \d/),
    });
    expect((await run('plan', 'submit', join(dir, 'none.yaml'))).code).toBe(2);
    expect((await run('plan', 'show', 'bad')).code).toBe(3);
    expect((await run('plan', 'submit', file('two.yaml', TWO), '--dry-run', '--id', 'dry')).stdout).toContain(
      'valid: 2 tasks',
    );
    expect((await run('plan', 'show', 'dry')).code).toBe(3);
  });

  it('cancels one that runs, and refuses one that has ended and an id that was used [B5]', async () => {
    const long = file('long.yaml', 'tasks:\n  a: { command: [sleep, "600"] }\n');
    PlanSubmitJson.parse(JSON.parse((await run('plan', 'submit', long, '--id', 'long', '--json')).stdout));
    const cancelled = await run('plan', 'cancel', 'long', '--reason', 'enough', '--json');
    expect(PlanShowJson.parse(JSON.parse(cancelled.stdout))).toMatchObject({ state: 'cancelled' });
    expect((await run('plan', 'cancel', 'long')).code).toBe(4);
    expect((await run('plan', 'submit', long, '--id', 'long')).code).toBe(4);
  });
}, 120_000);

describe('colibri schedule', () => {
  it('creates, shows, lists, pauses, triggers, resumes and deletes one [B5]', async () => {
    const create = ['schedule', 'create', 'night', '--cron', '0 2 * * *', '--time-zone', 'Europe/Berlin', '--json'];
    const created = await run(...create, '--', 'echo', '-n', 'hi');
    expect(ScheduleShowJson.parse(JSON.parse(created.stdout))).toMatchObject({
      ...{ name: 'night', when: ['0 2 * * *'], timeZone: 'Europe/Berlin', task: 'echo -n hi', paused: false },
      spec: { command: ['echo', '-n', 'hi'] },
    });
    expect((await run('schedule', 'pause', 'night', '--note', 'holiday')).stdout).toContain('night  paused: holiday');
    const { taskId } = ScheduleTriggerJson.parse(
      JSON.parse((await run('schedule', 'trigger', 'night', '--json')).stdout),
    );
    expect(await fleet.colibri.wait(taskId)).toMatchObject({ state: 'done' });
    const shown = (await run('schedule', 'show', 'night')).stdout;
    expect(shown).toMatch(/Next times, once it is resumed\n( {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*\n){5}/);
    expect(shown).toContain(taskId);
    await run('schedule', 'resume', 'night');
    const { schedules } = ScheduleListJson.parse(JSON.parse((await run('schedule', 'list', '--json')).stdout));
    expect(schedules).toMatchObject([{ name: 'night', paused: false, last: { taskId, state: 'done' } }]);
    expect((await run('schedule', 'create', 'night', '--every', '1h', '--', 'true')).code).toBe(4);
    expect((await run('schedule', 'delete', 'night')).code).toBe(0);
    expect((await run('schedule', 'delete', 'night')).code).toBe(3);
  });

  it.each([
    [['--cron', 'nonsense', '--', 'true'], 'cron: CronString does not have 5-7 fields'],
    [['--', 'true'], 'cron: say when'],
    [['--every', '1m', '--offset', '2m', '--', 'true'], 'offset: must be shorter'],
    [['--every', '1m', '--catch-up', '1s', '--', 'true'], 'catchUp: must be between'],
    [['--every', '1m', '--overlap', 'never', '--', 'true'], '--overlap never: give one of skip, buffer-one'],
    [['--every', '1m', 'echo', 'hi'], 'it is not clear where the command begins'],
    [['--every', '1m'], 'there is no command to run'],
  ])('refuses %j [T2]', async (args, said) => {
    const ran = await run('schedule', 'create', 'bad', ...args);
    expect(ran.stderr).toContain(said);
    expect(ran.code).toBe(2);
  });
}, 120_000);
