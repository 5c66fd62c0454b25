import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../schemas/parse.ts';
import { MAX_PLAN_BYTES, MAX_PLAN_TASKS, readPlan } from '../../schemas/plan.ts';

const command = ['true'];

/** What is wrong with a plan, field by field. */
function issuesOf(plan: unknown): Record<string, string> {
  try {
    readPlan(plan);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return Object.fromEntries(error.issues.map(({ field, message }) => [field, message]));
  }
  return {};
}

describe('a plan', () => {
  it('is read with what all its tasks share [B5]', () => {
    const plan = readPlan({
      name: 'nightly',
      project: 'colibri',
      submitter: 'ada',
      defaults: { requires: ['linux'], env: { A: '1', B: '1' }, timeout: '5m' },
      tasks: {
        build: { command, env: { B: '2' } },
        test: { command, needs: ['build'], requires: ['docker'], project: 'other', timeout: 1_000 },
      },
    });
    expect(plan).toMatchObject({ name: 'nightly', onFailure: 'stop', cancelRunning: false });
    expect(plan.tasks.get('build')).toEqual({
      needs: [],
      spec: {
        ...{ command, requires: ['linux'], env: { A: '1', B: '2' }, timeout: '5m' },
        ...{ project: 'colibri', submitter: 'ada' },
      },
    });
    expect(plan.tasks.get('test')).toMatchObject({
      needs: ['build'],
      spec: { requires: ['docker'], project: 'other', timeout: 1_000, env: { A: '1', B: '1' } },
    });
  });

  it('is refused with every error named by its path [B5] [T2]', () => {
    const issues = issuesOf({
      defaults: { timeuot: '5m', requires: ['no way'] },
      tasks: {
        build: { command: 'make' },
        test: { needs: ['biuld', 'build', 'build'], command },
        'no name': { command },
        docs: 'make docs',
        deploy: { command, needs: 'test', inputs: {} },
      },
    });
    expect(Object.keys(issues).sort()).toEqual([
      'defaults.requires[0]',
      'defaults.timeuot',
      'tasks.build.command',
      'tasks.deploy.inputs',
      'tasks.deploy.needs',
      'tasks.docs',
      'tasks.no name',
      'tasks.test.needs[0]',
      'tasks.test.needs[2]',
    ]);
    expect(issues['tasks.test.needs[0]']).toBe('there is no task "biuld" in this plan; did you mean "build"?');
    expect(issues['defaults.timeuot']).toBe('there is no such field; did you mean "timeout"?');
  });

  it('tells a misspelt field of a task what it may have meant [T2]', () => {
    expect(issuesOf({ tasks: { a: { command, need: ['b'] }, b: { command, timout: '1m' } } })).toEqual({
      'tasks.a.need': 'there is no such field; did you mean "needs"?',
      'tasks.b.timout': 'there is no such field; did you mean "timeout"?',
    });
  });

  it('in which tasks need each other in a circle is refused, and the circle named [B5]', () => {
    const tasks = { a: { command, needs: ['b'] }, b: { command, needs: ['c'] }, c: { command, needs: ['a'] } };
    expect(issuesOf({ tasks })).toEqual({ tasks: 'they need each other in a circle: a -> b -> c -> a' });
  });

  it('whose names could not be told apart as variables is refused [B5]', () => {
    expect(Object.keys(issuesOf({ tasks: { 'a-b': { command }, A_B: { command } } }))).toEqual(['tasks.A_B']);
  });

  it('takes names that objects have anyway [T2]', () => {
    const plan = readPlan({ tasks: { constructor: { command }, toString: { command, needs: ['constructor'] } } });
    expect([...plan.tasks.keys()]).toEqual(['constructor', 'toString']);
    expect(issuesOf(JSON.parse('{"tasks": {"a": {"command": ["true"], "needs": ["valueOf"]}}}'))).toMatchObject({
      'tasks.a.needs[0]': expect.stringContaining('there is no task "valueOf"'),
    });
  });

  it('whose task would vanish within JavaScript is refused [T2]', () => {
    const plan = JSON.parse('{"tasks": {"__proto__": {"command": ["true"]}, "a": {"command": ["true"]}}}');
    expect(Object.keys(issuesOf(plan))).toContain('tasks.__proto__');
  });

  it.each([
    ['nothing', undefined, ''],
    ['a list', { tasks: [{ command }] }, 'tasks'],
    ['no task', { tasks: {} }, 'tasks'],
    ['an unknown field', { tasks: { a: { command } }, onFail: 'stop' }, 'onFail'],
    ['an unknown way of failing', { tasks: { a: { command } }, onFailure: 'ignore' }, 'onFailure'],
  ])('of %s is refused [T2]', (_, plan, field) => {
    expect(Object.keys(issuesOf(plan))).toEqual([field]);
  });

  it('is bounded, so that the server takes it whole [T2]', () => {
    const many = Array.from({ length: MAX_PLAN_TASKS }, (_, i) => [`t${i}`, { command }]);
    expect(readPlan({ tasks: Object.fromEntries(many) }).tasks.size).toBe(MAX_PLAN_TASKS);
    expect(Object.keys(issuesOf({ tasks: Object.fromEntries([...many, ['one-more', { command }]]) }))).toEqual([
      'tasks',
    ]);
    const long = {
      tasks: Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`t${i}`, { command: ['x'.repeat(130_000)] }])),
    };
    expect(JSON.stringify(long).length).toBeGreaterThan(MAX_PLAN_BYTES);
    expect(Object.keys(issuesOf(long))).toEqual(['']);
  });

  it('with more errors than one can read says how many there are more [T2]', () => {
    const tasks = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`t${i}`, { command: [] }]));
    expect(issuesOf({ tasks })['']).toBe('and 30 more');
  });
});
