import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput, parseOrThrow } from '../../schemas/parse.ts';
import { TaskSpec } from '../../schemas/task.ts';
import { tagSet } from './arbitraries.ts';

const command = ['echo', 'hi'];

function refusal(input: unknown): InvalidInput {
  try {
    parseOrThrow(TaskSpec, input, 'the task is not valid');
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`);
}

const json = (text: string): unknown => JSON.parse(text);

/** Input, the field that must be named, what must be said of it. */
const BAD: [unknown, string, RegExp][] = [
  [{}, 'command', /program to run/],
  [{ command: [] }, 'command', /program to run/],
  [{ command: ['  '] }, 'command', /program to run/],
  [{ command: 'echo hi' }, 'command', /^must be a list$/],
  [{ command: [1] }, 'command[0]', /^must be a text$/],
  [{ command: ['a', 'b\0c'] }, 'command[1]', /NUL/],
  [{ command: ['a', 'x'.repeat(131_073)] }, 'command[1]', /128 KiB/],
  [{ command: Array(10_001).fill('a') }, 'command', /10000/],
  [{ command, requires: 'docker' }, 'requires', /^must be a list$/],
  [{ command, requires: ['docker', 'no way'] }, 'requires[1]', /only the characters/],
  [{ command, requires: Array.from({ length: 33 }, (_, i) => `t${i}`) }, 'requires', /at most 32/],
  [{ command, name: ' ' }, 'name', /^must not be empty$/],
  [{ command, name: 'a\u001b[31m' }, 'name', /control character/],
  [{ command, name: 'x'.repeat(201) }, 'name', /^longer than 200 characters$/],
  [{ command, skill: '' }, 'skill', /^must not be empty$/],
  [{ command, runtime: 'claude' }, 'runtime', /"command"/],
  [{ command, shell: 'yes' }, 'shell', /^must be true or false$/],
  [{ command, env: { A: 1 } }, 'env.A', /^must be a text$/],
  [{ command, env: { 'A B': '1' } }, 'env.A B', /letters, digits and _/],
  [{ command, env: { COLIBRI_TASK_ID: '1' } }, 'env.COLIBRI_TASK_ID', /reserved/],
  [{ command, env: { A: 'x\0' } }, 'env.A', /NUL/],
  [{ command, env: json('{"__proto__":"x"}') }, 'env', /__proto__/],
  [{ command, env: [] }, 'env', /^must be a map of fields$/],
  [{ command, cwd: 'work' }, 'cwd', /absolute/],
  [{ command, cwd: '/work\0' }, 'cwd', /NUL/],
  [{ command, timeout: 'soon' }, 'timeout', /"30s"/],
  [{ command, timeout: 99 }, 'timeout', /between 100ms/],
  [{ command, grace: '11m' }, 'grace', /between 0ms and 10m/],
  [{ command, lease: '1s' }, 'lease', /between 2s and 1h/],
  [{ command, maxAttempts: 0 }, 'maxAttempts', /^must be at least 1$/],
  [{ command, maxAttempts: 2.5 }, 'maxAttempts', /^must be a whole number$/],
  [{ command, retryDelay: -1 }, 'retryDelay', /between/],
  [{ command, priority: 6 }, 'priority', /^must be at most 5$/],
  [{ command, priority: '1' }, 'priority', /^must be a number$/],
  [{ command, project: '' }, 'project', /^must not be empty$/],
  [{ command, submitter: 7 }, 'submitter', /^must be a text$/],
  [{ command, requres: ['docker'] }, 'requres', /no such field; did you mean "requires"\?/],
  [{ command, colour: 'red' }, 'colour', /no such field$/],
  [json('{"command":["a"],"__proto__":{"shell":true}}'), '__proto__', /no such field/],
];

describe('a task as submitted', () => {
  it.each(BAD)('%j is refused naming %s [T2]', (input, field, reason) => {
    const { issues, message } = refusal(input);
    expect(issues.map((issue) => issue.field)).toContain(field);
    expect(issues.find((issue) => issue.field === field)?.message).toMatch(reason);
    expect(message).toContain(`the task is not valid: ${field}: `);
  });

  it.each([[undefined], [null], [[]], ['echo'], [7]])('%j is refused for what it is [T2]', (input) => {
    expect(refusal(input).message).toMatch(/^the task is not valid: must be a map of fields$/);
  });

  it('names every wrong field at once, and keeps the message short whatever it is given [T2]', () => {
    const { issues } = refusal({ command: 1, timeout: 'x', lease: 0, nmae: 'x' });
    expect(issues.map((issue) => issue.field).sort()).toEqual(['command', 'lease', 'nmae', 'timeout']);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${i}`.repeat(500), 1]));
    expect(refusal({ command, ...many }).message.length).toBeLessThan(10_000);
  });

  it('fills in what was left out [B1]', () => {
    expect(TaskSpec.parse({ command })).toEqual({
      command,
      requires: [],
      ...{ prefers: [], preferWait: 2_000, alternatives: [] },
      skillInputs: {},
      inputs: {},
      runtime: 'command',
      shell: false,
      env: {},
      grace: 5_000,
      maxAttempts: 1,
      retryDelay: 1_000,
      priority: 3,
    });
    expect(TaskSpec.parse({ skill: 'tmux-screenshot' })).toMatchObject({ command: [], skill: 'tmux-screenshot' });
  });

  it('gives back what it took, so that a parsed task can be parsed again [T2]', () => {
    const spec = fc.record(
      {
        command: fc.array(fc.stringMatching(/^[ -~]*$/), { maxLength: 5 }).map((rest) => ['program', ...rest]),
        requires: tagSet,
        name: fc.stringMatching(/^[a-z ä]{0,20}x$/),
        shell: fc.boolean(),
        env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.stringMatching(/^[ -~]*$/)),
        cwd: fc.stringMatching(/^\/[a-z/]*$/),
        timeout: fc.oneof(fc.integer({ min: 100, max: 1_000_000 }), fc.constantFrom('30s', '5m')),
        maxAttempts: fc.integer({ min: 1, max: 100 }),
        priority: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: ['command'] },
    );
    fc.assert(
      fc.property(spec, (given) => {
        const parsed = TaskSpec.parse(given);
        expect(TaskSpec.parse(parsed)).toEqual(parsed);
        expect(parsed.env).toEqual(given.env ?? {});
      }),
    );
  });

  it('takes nothing that it does not know, under any name [T2]', () => {
    const known = new Set(Object.keys(TaskSpec.shape));
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter((key) => !known.has(key));
    fc.assert(
      fc.property(name, fc.jsonValue(), (key, value) => {
        const input = { command };
        Object.defineProperty(input, key, { value, enumerable: true });
        expect(refusal(input).issues[0]?.field).toBe(key);
      }),
    );
  });
});
