import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashAgentToken } from '../../client/agent-token.ts';
import { ColibriError } from '../../client/errors.ts';
import {
  authorize,
  authorizeOperator,
  authorizeSelf,
  authorizeSubmit,
  isAllowed,
  OPERATOR,
  type Principal,
  submitterOf,
  type TaskAction,
  type TaskFacts,
} from '../../client/permissions.ts';
import { TASK_STATES } from '../../schemas/task-state.ts';

const ACTIONS: readonly TaskAction[] = ['see', 'change', 'claim'];
const NAMES = ['ann', 'bob', 'carl'];
const TAGS = ['gpu', 'linux', 'rust'];
const HASHES = ['token of one session', 'token of another'].map(hashAgentToken);

const tasks: fc.Arbitrary<TaskFacts> = fc.record({
  id: fc.constant('t1'),
  state: fc.constantFrom(...TASK_STATES),
  requires: fc.subarray(TAGS),
  agent: fc.constantFrom(null, ...NAMES, 'command@debby'),
  submitter: fc.constantFrom(null, 'ann', ...NAMES.map(submitterOf)),
  assignedTo: fc.constantFrom(null, null, ...NAMES),
  tokenHash: fc.constantFrom(null, ...HASHES),
});
const agents = fc.record({
  kind: fc.constant('agent' as const),
  name: fc.constantFrom(...NAMES),
  capabilities: fc.subarray(TAGS),
});
const sessions = fc.record({
  kind: fc.constant('session' as const),
  name: fc.constantFrom('command@debby', 'command@osa'),
  taskId: fc.constantFrom('t1', 't2'),
  tokenHash: fc.constantFrom(...HASHES),
});

function refusalOf(principal: Principal, action: TaskAction, task: TaskFacts): ColibriError | undefined {
  try {
    authorize(principal, action, task);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ColibriError);
    return error as ColibriError;
  }
}

describe('an agent', () => {
  const waits = ({ state }: TaskFacts) => state === 'queued' || state === 'parked';
  const isFree = (task: TaskFacts) => (task.assignedTo ?? null) === null;
  const holds = (name: string, task: TaskFacts) => task.agent === name && !waits(task);
  const owns = (name: string, task: TaskFacts) =>
    holds(name, task) || task.submitter === `agent/${name}` || task.assignedTo === name;
  const fits = (capabilities: readonly string[], task: TaskFacts) =>
    task.requires.every((tag) => capabilities.includes(tag));

  it('changes what it has, submitted or was handed, and nothing else [B3]', () => {
    fc.assert(
      fc.property(agents, tasks, (agent, task) => {
        expect(isAllowed(agent, 'change', task)).toBe(owns(agent.name, task));
      }),
    );
  });

  it('sees what it may change or had last, and what waits for one that can do what it can [B3]', () => {
    fc.assert(
      fc.property(agents, tasks, (agent, task) => {
        const claimable = waits(task) && isFree(task) && fits(agent.capabilities, task);
        expect(isAllowed(agent, 'see', task)).toBe(owns(agent.name, task) || task.agent === agent.name || claimable);
      }),
    );
  });

  it('claims nothing that it lacks a tag for, and is told each one that is missing [B2]', () => {
    fc.assert(
      fc.property(agents, tasks, (agent, task) => {
        fc.pre(!owns(agent.name, task) && isFree(task));
        const refusal = refusalOf(agent, 'claim', task);
        expect(refusal === undefined).toBe(fits(agent.capabilities, task));
        for (const tag of task.requires) {
          if (refusal && !agent.capabilities.includes(tag)) expect(refusal.message).toContain(tag);
        }
      }),
    );
  });

  it('may claim by an alternative whose time has come, and not before [R9]', () => {
    const ann: Principal = { kind: 'agent', name: 'ann', capabilities: ['linux'] };
    const ladder = (at: number) => [
      { requires: ['gpu'], at: null },
      { requires: ['linux'], at: new Date(at).toISOString() },
    ];
    const task: TaskFacts = { id: 't1', state: 'parked', requires: ['gpu'], agent: null };
    expect(isAllowed(ann, 'claim', { ...task, ladder: ladder(Date.now() - 1_000) })).toBe(true);
    expect(isAllowed(ann, 'claim', { ...task, ladder: ladder(Date.now() + 60_000) })).toBe(false);
  });

  it('is refused with exit code 4 and a sentence that says whose task it is [B3]', () => {
    fc.assert(
      fc.property(agents, tasks, fc.constantFrom(...ACTIONS), (agent, task, action) => {
        const refusal = refusalOf(agent, action, task);
        expect(refusal === undefined).toBe(isAllowed(agent, action, task));
        if (refusal === undefined) return;
        expect(refusal.exitCode).toBe(4);
        expect(refusal.message).toContain(`${agent.name} may not ${action} the task "t1"`);
        const lacks = action === 'claim' && !fits(agent.capabilities, task) && isFree(task);
        const owner = task.assignedTo ?? task.agent ?? 'nobody';
        expect(refusal.message).toContain(lacks ? 'it lacks' : owner);
      }),
    );
  });

  it('is not the user of the same name: tasks that ann submitted at a terminal are not the agent ann’s [B3]', () => {
    const task = { id: 't1', state: 'running', requires: [], agent: 'command@debby', submitter: 'ann' } as const;
    const ann: Principal = { kind: 'agent', name: 'ann', capabilities: TAGS };
    expect(isAllowed(ann, 'see', { ...task, requires: [] })).toBe(false);
    expect(authorizeSubmit(ann)).toBe('agent/ann');
  });

  it('speaks for itself alone, and is no operator [B3]', () => {
    const ann: Principal = { kind: 'agent', name: 'ann', capabilities: [] };
    expect(() => authorizeSelf(ann, 'ann')).not.toThrow();
    expect(() => authorizeSelf(ann, 'bob')).toThrow(/only bob itself or an operator may do this; this is ann/);
    expect(() => authorizeOperator(ann, 'drain a host')).toThrow(/only an operator may drain a host; this is ann/);
  });
});

describe('a session', () => {
  it('sees and changes the task that it has, known by its token, and claims none [B3] [S2]', () => {
    fc.assert(
      fc.property(sessions, tasks, (session, task) => {
        const waits = task.state === 'queued' || task.state === 'parked';
        const own = task.agent === session.name && task.tokenHash === session.tokenHash && !waits;
        expect(isAllowed(session, 'see', task)).toBe(own);
        expect(isAllowed(session, 'change', task)).toBe(own);
        expect(isAllowed(session, 'claim', task)).toBe(false);
      }),
    );
  });

  it('submits nothing, and is told which task is its own [B3]', () => {
    const session: Principal = { kind: 'session', name: 'command@debby', taskId: 't7', tokenHash: HASHES[0] ?? '' };
    expect(() => authorizeSubmit(session)).toThrow(/may not submit/);
    const task: TaskFacts = { id: 't1', state: 'running', requires: [], agent: 'ann' };
    expect(refusalOf(session, 'see', task)?.message).toContain('which is t7');
  });
});

it('lets an operator do everything [B3]', () => {
  fc.assert(
    fc.property(tasks, fc.constantFrom(...ACTIONS), (task, action) => {
      expect(refusalOf(OPERATOR, action, task)).toBeUndefined();
    }),
  );
  expect(authorizeSubmit(OPERATOR)).toBeUndefined();
  expect(() => authorizeOperator(OPERATOR, 'drain a host')).not.toThrow();
  expect(() => authorizeSelf(OPERATOR, 'ann')).not.toThrow();
});
