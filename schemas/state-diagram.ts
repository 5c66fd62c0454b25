import { isTerminal, TASK_STATES, TRANSITIONS } from './task-state.ts';

/** The states of a task and what may follow each, in Mermaid's notation, as ARCHITECTURE.md shows them. */
export function stateDiagram(): string {
  const arrows = TASK_STATES.flatMap((from) => TRANSITIONS[from].map((to) => `    ${from} --> ${to}`));
  const ends = TASK_STATES.filter(isTerminal).map((state) => `    ${state} --> [*]`);
  return ['stateDiagram-v2', '    [*] --> queued', ...arrows, ...ends].join('\n');
}
