import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INTAKE_BYTES, MAX_TASK_BYTES } from '../../../cli/intake/entry.ts';
import type { Format } from '../../../cli/intake/format.ts';
import { readIntake } from '../../../cli/intake/read-intake.ts';
import type { TaskSpecInput } from '../../../schemas/task.ts';

async function* pieces(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(text: string | Uint8Array, options: { format?: Format; keyPrefix?: string; size?: number } = {}) {
  return readIntake(pieces(text, options.size), {
    format: options.format,
    keyPrefix: options.keyPrefix,
    submitter: 'tester',
  });
}

/** The tasks as they would be submitted. */
async function tasks(text: string, options: Parameters<typeof read>[1] = {}): Promise<TaskSpecInput[]> {
  const { tasks: checked, fatal } = await read(text, options);
  expect([...fatal, ...checked.flatMap(({ problems }) => problems)]).toEqual([]);
  return checked.map(({ task }) => task?.input as TaskSpecInput);
}

/** `line:column field: message` of all that is wrong, in order. */
async function faults(text: string | Uint8Array, format?: Format): Promise<string[]> {
  const { tasks: checked, fatal } = await read(text, { ...(format ? { format } : {}), size: 4096 });
  return [...fatal, ...checked.flatMap(({ problems }) => problems)].map(
    ({ line, column, field, message }) => `${line}:${column ?? '-'} ${field ?? '-'}: ${message}`,
  );
}

const hello = { command: ['echo', 'hello'], submitter: 'tester' };

describe('an intake', () => {
  it.each<[string, Format, string]>([
    ['one task in JSON', 'jsonl', '{"command": ["echo", "hello"]}'],
    ['one task in JSON over lines', 'json', '{\n  "command": ["echo",\n "hello"]\n}\n'],
    ['an array', 'json', '\n [{"command": ["echo", "hello"]}]'],
    ['JSON lines', 'jsonl', '\u{feff}{"command": ["echo", "hello"]}\r\n\r\n'],
    ['one task in YAML', 'yaml', 'command: [echo, hello]\n'],
    ['a list in YAML', 'yaml', '# mine\n- command:\n  - echo\n  - hello\n'],
    ['documents of YAML', 'yaml', '---\ncommand: [echo, hello]\n---\n'],
  ])('is taken as %s, told by its content [B1]', async (_what, format, text) => {
    expect(await read(text)).toMatchObject({ format });
    expect(await tasks(text)).toEqual([hello]);
    expect(await tasks(text, { format })).toEqual([hello]);
  });

  it('is told as Markdown by a box or a code block [B1]', async () => {
    expect((await read('- [ ] a\n  command: ls\n')).format).toBe('markdown');
    expect((await read('1. a\n   ```\n   ls\n   ```\n')).format).toBe('markdown');
  });

  it('is normalised: shell lines, tags in one text, numbers as text, nulls left out [B1]', async () => {
    const [first, second] = await tasks(
      '- command: make test\n  requires: Linux, docker\n  env: {PORT: 8080, ON: true}\n  name: 42\n  timeout:\n- command: [sleep, 5]\n  key: 7\n',
    );
    expect(first).toEqual({
      ...{ command: ['make test'], shell: true, requires: ['Linux', 'docker'], name: '42', submitter: 'tester' },
      env: { PORT: '8080', ON: 'true' },
    });
    const [third] = await tasks('command: a\nprefers: gpu\nalternatives: [{requires: "zfs, linux", afterMs: 5m}]\n');
    expect(third).toMatchObject({ prefers: ['gpu'], alternatives: [{ requires: ['zfs', 'linux'], afterMs: '5m' }] });
    expect(second).toEqual({ command: ['sleep', '5'], key: '7', submitter: 'tester' });
  });

  it('knows each task of an array by the line on which it begins, whatever its strings hold [T2]', async () => {
    const text = '[{"command":["a","],{\\"\\n"]},\n\n  {"command":["b"]}, {"command":["c"],\n"env":{"A":"]"}}\n]';
    const { tasks: checked } = await read(text);
    expect(checked.map(({ line, task }) => [line, task?.spec.command[0]])).toEqual([
      [1, 'a'],
      [3, 'b'],
      [3, 'c'],
    ]);
  });

  it('gives back any list of tasks the same, as an array, as lines and as YAML [B1]', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));
    const task = fc.record({
      command: fc.tuple(fc.constant('echo'), word, word),
      env: fc.dictionary(fc.constantFrom('A', 'B_1'), word),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(task, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        async (list, size) => {
          const expected = list.map((each) => ({ submitter: 'tester', ...each }));
          const lines = list.map((each) => JSON.stringify(each)).join('\n');
          expect(await tasks(lines, { format: 'jsonl', size })).toEqual(expected);
          expect(await tasks(JSON.stringify(list, null, 1), { size })).toEqual(expected);
          expect(await tasks(JSON.stringify(list), { format: 'yaml', size })).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('what is wrong with an intake', () => {
  it('is told for every line of JSON lines, with its column and field [T2]', async () => {
    const text = [
      '{"command":["true"]}',
      '{"command":["true"],"prioriti":2,"env":{"COLIBRI_A":"x"}}',
      '{"command": tru}',
      '[1]',
      '{"command":["true"],"requires":["ok","a b"]}',
      '{"command":',
      '{"requires":["x"]}',
    ].join('\n');
    expect(await faults(text)).toEqual([
      '2:41 env.COLIBRI_A: names starting with COLIBRI_ are reserved',
      '2:21 prioriti: there is no such field; did you mean "priority"?',
      "3:16 -: not JSON: Unexpected token '}'",
      '4:1 -: a task is an object, such as {"command": ["echo", "hello"]}',
      '5:38 requires[1]: a tag has only the characters a-z 0-9 . + _ -',
      '6:12 -: not JSON: Unexpected end of JSON input',
      '7:1 command: give the program to run as its first item',
    ]);
  });

  it('is told for JSON over lines and for YAML [T2]', async () => {
    expect(await faults('[\n {"command":["a"]},\n {"command":["b"],\n  "maxAttempts": 0}\n]')).toEqual([
      expect.stringMatching(/^4:3 maxAttempts: /),
    ]);
    expect(await faults('[\n {"command":["a"]},\n {"command":["b"]\n]')).toEqual([
      expect.stringMatching(/^4:1 -: not JSON: Expected ',' or '}'/),
    ]);
    expect(await faults('- command: a\n- command: b\n  timeout: 3x\n- 5\n')).toEqual([
      '3:3 timeout: "3x" is no duration: write it like "30s", "5m" or "2h"',
      '4:3 -: a task is an object, such as {"command": ["echo", "hello"]}',
    ]);
    expect(await faults('- command: a\n- command: [b\n')).toEqual([expect.stringMatching(/^2:14 -: not YAML: /)]);
    expect(await faults('command: a\ncommand: b\n')).toEqual([
      expect.stringMatching(/^2:1 -: not YAML: Map keys must be unique/),
    ]);
  });

  it('is told of one document of YAML without harm to the others [T2]', async () => {
    const { tasks: checked } = await read('command: a\n---\ncommand: [\n---\ncommand: c\n');
    expect(checked.map(({ line, task }) => [line, task?.spec.command[0] ?? null])).toEqual([
      [1, 'a'],
      [expect.any(Number), null],
      [5, 'c'],
    ]);
  });

  it('is that there is nothing in it [T2]', async () => {
    for (const text of ['', '\n \n', '[]', '# only a comment\n', '--- \n']) {
      expect(await faults(text)).toEqual(['1:- -: there is no task in it']);
    }
  });

  it('is a line that is no UTF-8, and the others are read [T2]', async () => {
    const good = Buffer.from('{"command":["true"]}\n');
    expect(await faults(Buffer.concat([good, Buffer.from([0x7b, 0xff, 0x0a]), good]))).toEqual(['2:- -: is not UTF-8']);
    expect(await faults(Buffer.concat([Buffer.from('command: a\nname: '), Buffer.from([0xff])]))).toEqual([
      '2:- -: is not UTF-8',
    ]);
  });

  it('is a line, or a task, of more than 1 MiB, named by its line [T2]', async () => {
    const long = JSON.stringify({ command: ['true'], env: { A: 'x'.repeat(MAX_TASK_BYTES) } });
    const short = '{"command":["true"]}';
    for (const text of [`${short}\n${long}\n${short}`, `[${short},\n${long}]`, `- command: a\n- ${long}\n`]) {
      expect(await faults(text)).toEqual([
        expect.stringMatching(/^2:(-|1|3) -: 1 MiB for one task, at most 1 MiB are taken/),
      ]);
    }
  });

  it('is more than 64 MiB, refused at that line without reading on [T2]', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.from(`${'#'.repeat(1023)}\n`.repeat(1024));
      for (; ; given += chunk.length) yield chunk;
    }
    const { fatal } = await readIntake(endless(), { format: 'yaml', submitter: 'x', keyPrefix: undefined });
    expect(fatal).toMatchObject([{ line: 65_537, message: expect.stringContaining('more than 64 MiB') }]);
    expect(given).toBeLessThanOrEqual(MAX_INTAKE_BYTES + 1024 * 1024);
  });

  it('is an alias that would make much of little [T2]', async () => {
    const bomb = `${['a: &a [x,x,x,x,x,x,x,x,x]', ...[...'bcdefghi'].map((c, at) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[at]}`)}]`)].join('\n')}\n`;
    expect(await faults(bomb)).toEqual([expect.stringMatching(/^1:1 -: not YAML: Excessive alias count/)]);
  });
});

describe('keys', () => {
  const keys = async (text: string, keyPrefix: string) =>
    (await read(text, { format: 'jsonl', keyPrefix })).tasks.map(({ task }) => task?.spec.key);

  it('get the prefix, and are made up of what is written where there is none [B1]', async () => {
    const written = '{"command":["a"],"priority":2}\n{"command":["a"],"key":"mine"}\n{"priority":2,"command":["a"]}\n';
    const [first, mine, again] = await keys(written, 'p/');
    expect(mine).toBe('p/mine');
    expect(first).toMatch(/^p\/[0-9a-f]{32}$/);
    // Two tasks that are written alike are two.
    expect(again).toBe(`${first}-2`);
    expect(await keys(`{"command":["other"]}\n${written}`, 'p/')).toEqual([expect.any(String), first, mine, again]);
    expect((await keys('{"command":["a"],"priority":3}', 'p/'))[0]).not.toBe(first);
  });

  it('give the same id always, and another to each [B2]', async () => {
    const idOf = async (key: string) => (await read(JSON.stringify({ command: ['a'], key }))).tasks[0]?.task?.id;
    expect(await idOf('login-bug')).toBe(await idOf('login-bug'));
    expect(await idOf('login-bug')).toMatch(/^[b-df-hj-np-tv-xz2-9]{14}$/);
    expect(await idOf('login-bug')).not.toBe(await idOf('login-bug '.replace(' ', '2')));
  });
});
