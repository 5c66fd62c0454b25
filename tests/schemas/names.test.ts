import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostName } from '../../schemas/fleet.ts';
import { sessionIdOf, taskIdOf, taskKeyOf, taskWorkflowId } from '../../schemas/names.ts';

const RUN = '0190a1b2-c3d4-7000-8000-000000000000';

describe('names', () => {
  it('lead from a task id to its workflow and back [B1]', () => {
    expect(taskWorkflowId('k7')).toBe('task/k7');
    expect(taskIdOf('task/k7')).toBe('k7');
    expect(taskIdOf('my-own-id')).toBe('my-own-id');
  });

  it('tell two runs of one raw workflow id apart in sessions and paths [S2]', () => {
    expect(taskKeyOf('task/k7', RUN)).toBe('k7');
    expect(taskKeyOf('mine', RUN)).toBe('mine~0190a1b2');
    const run = fc.stringMatching(/^[0-9a-f]{8}$/).map((start) => start + RUN.slice(8));
    fc.assert(
      fc.property(run, run, (a, b) => {
        const same = sessionIdOf(taskKeyOf('mine', a), 1) === sessionIdOf(taskKeyOf('mine', b), 1);
        expect(same).toBe(a === b);
      }),
    );
  });

  it.each(['debby', 'osa.tail-net.example', 'a', '9'])('take %s as a host name [P1]', (name) => {
    expect(HostName.parse(` ${name.toUpperCase()} `)).toBe(name);
  });

  it.each(['', '-a', 'a-', 'a_b', 'a/b', 'a b', 'x'.repeat(64)])('refuse %j as a host name [P1]', (name) => {
    expect(HostName.safeParse(name).error?.issues[0]?.message).toContain('a host name has');
  });
});
