import { describe, expect, it } from 'vitest';
import { AgentName, AgentState, AgentTimeout, agentStatus } from '../../schemas/agent.ts';
import { ClaimRequest, TaskLetGo } from '../../schemas/task-requests.ts';

describe('the name of an agent', () => {
  it.each(['claude-1', 'a', 'A.B_c', ' ann '])('may be %j, lowered and trimmed [P1]', (name) => {
    expect(AgentName.parse(name)).toBe(name.trim().toLowerCase());
  });

  it.each(['', 'command@debby', 'a/b', '-a', 'a-', 'a b', 'operator', 'a'.repeat(64)])('is never %j [P1]', (name) => {
    expect(AgentName.safeParse(name).success).toBe(false);
  });
});

describe('the status of an agent', () => {
  const claim = { taskId: 't', workflowId: 'task/t', runId: 'r', activityId: 'claim-1', attempt: 1, at: '' };

  it.each([
    ['live', 'idle', 0, 'idle'],
    ['live', 'busy', 0, 'busy'],
    ['live', 'idle', 1, 'busy'],
    ['live', 'away', 1, 'away'],
    ['stale', 'busy', 1, 'stale'],
    ['offline', 'idle', 0, 'offline'],
  ] as const)('is, %s and %s with %i claims, %4$s [P1]', (presence, mood, claims, status) => {
    expect(agentStatus({ presence, mood, claims: Array(claims).fill(claim) })).toBe(status);
  });
});

it('reads the state of an earlier run that lacks what was added since [T3]', () => {
  expect(AgentState.parse({ name: 'ann' })).toMatchObject({ presence: 'offline', claims: [], lost: [], presences: 0 });
});

it('takes a long reason for the end of a claim, cut, rather than none [T3]', () => {
  const { reason, lost } = TaskLetGo.parse({ workflowId: 'task/t', attempt: 1, reason: 'x'.repeat(5_000) });
  expect({ length: reason.length, lost }).toEqual({ length: 1_000, lost: false });
});

it('takes a claim of an agent that can do more than any task may ask for [B2]', () => {
  const capabilities = Array.from({ length: 60 }, (_, at) => `tag-${at}`);
  expect(ClaimRequest.parse({ agent: 'ann', capabilities, timeoutMs: 300_000 }).capabilities).toEqual(capabilities);
  expect(ClaimRequest.safeParse({ agent: 'ann', capabilities: ['no way'], timeoutMs: 300_000 }).success).toBe(false);
});

it('gives an agent from 2 s to a day to be silent [P1]', () => {
  expect(AgentTimeout.parse('5m')).toBe(300_000);
  for (const timeout of ['1s', '2d', 'soon']) expect(AgentTimeout.safeParse(timeout).success).toBe(false);
});
