import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateDiagram } from '../../schemas/state-diagram.ts';
import {
  canTransition,
  isTerminal,
  isWaiting,
  TASK_STATES,
  type TaskState,
  TRANSITIONS,
} from '../../schemas/task-state.ts';

function reachableFrom(start: TaskState): Set<TaskState> {
  const seen = new Set<TaskState>([start]);
  for (const state of seen) for (const next of TRANSITIONS[state]) seen.add(next);
  return seen;
}

describe('the states of a task', () => {
  it('ends in done, failed or cancelled, and nothing leaves those [B1]', () => {
    expect(TASK_STATES.filter(isTerminal)).toEqual(['done', 'failed', 'cancelled']);
    for (const from of ['done', 'failed', 'cancelled'] as const) {
      for (const to of TASK_STATES) expect(canTransition(from, to)).toBe(false);
    }
  });

  it('reaches every state from queued, and an end from every state [B1]', () => {
    expect([...reachableFrom('queued')].sort()).toEqual([...TASK_STATES].sort());
    for (const state of TASK_STATES) expect([...reachableFrom(state)].some(isTerminal)).toBe(true);
  });

  it('lets every state that is not an end be cancelled [B1]', () => {
    for (const state of TASK_STATES) expect(canTransition(state, 'cancelled')).toBe(!isTerminal(state));
  });

  it('is never done without having been claimed, and never runs unclaimed [B1]', () => {
    for (const state of TASK_STATES.filter(isWaiting)) {
      expect(canTransition(state, 'done')).toBe(false);
      expect(canTransition(state, 'running')).toBe(false);
      expect(canTransition(state, 'claimed')).toBe(true);
    }
  });

  it('is drawn in ARCHITECTURE.md as it is [B1]', () => {
    const page = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`mermaid\n${stateDiagram()}\n\`\`\``);
  });

  it('knows only states that exist, each once to a state [B1]', () => {
    for (const targets of Object.values(TRANSITIONS)) {
      expect(new Set(targets).size).toBe(targets.length);
      for (const target of targets) expect(TASK_STATES).toContain(target);
    }
  });
});
