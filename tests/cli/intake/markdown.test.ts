import { describe, expect, it } from 'vitest';
import { readIntake } from '../../../cli/intake/read-intake.ts';

async function read(text: string) {
  async function* once(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  return readIntake(once(), { format: 'markdown', submitter: 'tester', keyPrefix: undefined });
}

async function faults(text: string): Promise<string[]> {
  const { fatal, tasks } = await read(text);
  return [...fatal, ...tasks.flatMap(({ problems }) => problems)].map(
    ({ line, column, field, message }) => `${line}:${column ?? '-'} ${field ?? '-'}: ${message}`,
  );
}

const WEEK = `---
project: website
requires: linux
env:
  CI: 1
---

# Week 47

Some prose - that nobody minds.
- [ ] fix the login bug \`requires: docker, linux\` \`key: login-bug\`
  and make sure that all is \`well\`
  priority: 2
  env:
    PORT: 8080

  > a remark

  \`\`\`bash
  npm ci
  \tnpm test -- login

  \`\`\`
<!-- - [ ] not this one
-->
* [ ] take a picture
  skill: tmux-screenshot

- [x] done already
  whatever stands here
- [ ] \`npm test\`
---
1. numbered
   command: [echo, hi]
`;

describe('a Markdown list', () => {
  it('gives a task for each item that is not ticked off, with the front matter as defaults [B1]', async () => {
    expect(await faults(WEEK)).toEqual([]);
    const { tasks, leftOut } = await read(WEEK);
    expect(leftOut).toBe(1);
    const common = { project: 'website', requires: ['linux'], env: { CI: '1' }, submitter: 'tester' };
    expect(tasks.map(({ line, task }) => ({ line, ...task?.input }))).toEqual([
      {
        ...{ ...common, line: 11, name: 'fix the login bug and make sure that all is `well`', key: 'login-bug' },
        ...{ requires: ['docker', 'linux'], priority: 2, env: { CI: '1', PORT: '8080' } },
        command: ['bash', '-c', 'npm ci\n\tnpm test -- login\n'],
      },
      { ...common, line: 26, name: 'take a picture', skill: 'tmux-screenshot' },
      { ...common, line: 31, name: 'npm test', command: ['npm test'], shell: true },
      { ...common, line: 33, name: 'numbered', command: ['echo', 'hi'] },
    ]);
  });

  it('names the line of everything that is not understood, and goes on with the next item [T2]', async () => {
    const text = `---
project: website
---
- [ ] one \`requires: do cker!\` \`prioritty: 2\`
  command: echo
- [ ] two
- [ ] three
  command: [echo
- [ ] four
  command: echo

  stray text
- [ ] five
  \`\`\`ruby
  puts 1
  \`\`\`
- [ ] six \`priority: 2\`
  command: echo
  priority: 3
  env:
    COLIBRI_X: 1
- [ ] good
  command: echo
- [ ] seven
  - a list below
- [ ] eight
  \`\`\`
  no end
`;
    expect(await faults(text)).toEqual([
      '4:11 requires[1]: a tag has only the characters a-z 0-9 . + _ -',
      '4:32 prioritty: there is no such field; did you mean "priority"?',
      '6:7 command: give the program to run as its first item',
      expect.stringMatching(/^8:\d+ -: not YAML: /),
      '12:3 -: not understood: write `field: value`, a code block, or a remark behind >',
      expect.stringMatching(/^14:3 command: a code block of "ruby" cannot be run: give one of sh, shell, bash/),
      '19:3 priority: is given twice',
      expect.stringMatching(/^25:3 -: not understood/),
      '27:3 -: the code block that begins here has no end: close it with ```',
    ]);
    expect((await read(text)).tasks.filter(({ task }) => task !== null).map(({ line }) => line)).toEqual([22]);
  });

  it('is refused as a whole for a fault in its front matter, told once [T2]', async () => {
    const items = '- [ ] a\n  command: x\n- [ ] b\n  command: y\n';
    expect(await faults(`---\nprioriy: 3\npriority: 9\nkey: a\n---\n${items}`)).toEqual([
      '4:1 key: cannot be the same for all tasks',
      expect.stringMatching(/^3:1 priority: /),
      '2:1 prioriy: there is no such field; did you mean "priority"?',
    ]);
    expect(await faults(`---\nproject: [\n---\n${items}`)).toEqual([expect.stringMatching(/^[23]:\d+ -: not YAML/)]);
    expect(await faults(`---\nproject: x\n${items}`)).toEqual([expect.stringContaining('has no end')]);
  });

  it('takes a default command that items fill in, and no ticked off item for nothing [B1]', async () => {
    const { tasks } = await read(
      '---\ncommand: [make, -k]\n---\n- [ ] one `cwd: /srv/one`\n- [ ] two `cwd: /srv/two`\n',
    );
    expect(tasks.map(({ task }) => [task?.name, task?.spec.cwd, task?.spec.command])).toEqual([
      ['one', '/srv/one', ['make', '-k']],
      ['two', '/srv/two', ['make', '-k']],
    ]);
    expect(await faults('- [x] done\n')).toEqual([]);
    expect(await faults('# nothing\n')).toEqual(['1:- -: there is no task in it']);
  });
});
