import { describe, expect, it } from 'vitest';
import { HistoryNews } from '../../cli/watch-task.ts';
import type { TaskHistoryEntry } from '../../schemas/task-view.ts';

function entry(state: TaskHistoryEntry['state'], at: number, attempt: number | null = null): TaskHistoryEntry {
  return { state, at: new Date(at).toISOString(), attempt, host: null, reason: `${state} ${at}` };
}

describe('HistoryNews', () => {
  it('tells each entry once, and the state that the client adds at every look only once [B1]', () => {
    const news = new HistoryNews();
    const states = (history: TaskHistoryEntry[]) => news.of(history).map((each) => each.state);
    expect(states([entry('queued', 1)])).toEqual(['queued']);
    expect(states([entry('queued', 1), entry('parked', 10)])).toEqual(['parked']);
    expect(states([entry('queued', 1), entry('parked', 11)])).toEqual([]);
    expect(states([entry('queued', 1), entry('claimed', 5, 1), entry('running', 5, 1)])).toEqual([
      'claimed',
      'running',
    ]);
    expect(states([entry('queued', 1), entry('claimed', 5, 1), entry('running', 6, 1), entry('done', 7, 1)])).toEqual([
      'done',
    ]);
  });

  it('tells a lost attempt and the one that follows it [P2]', () => {
    const news = new HistoryNews();
    const first = [entry('queued', 1), entry('claimed', 2, 1), entry('running', 2, 1)];
    expect(news.of(first)).toHaveLength(3);
    expect(news.of([...first, entry('queued', 9, 1)]).map((each) => each.state)).toEqual(['queued']);
    const next = [...first, entry('queued', 8, 1), entry('claimed', 8, 2), entry('running', 8, 2)];
    expect(news.of(next).map((each) => each.state)).toEqual(['claimed', 'running']);
    expect(news.of(next)).toEqual([]);
  });

  it('tells each time when a waiting task is parked, and when it is queued again [R6]', () => {
    const news = new HistoryNews();
    const told = [entry('queued', 1), entry('parked', 2), entry('queued', 3), entry('queued', 4), entry('parked', 5)];
    const states = told.flatMap((now) => news.of(now.at === told[0]?.at ? [now] : [entry('queued', 1), now]));
    expect(states.map((each) => each.state)).toEqual(['queued', 'parked', 'queued', 'parked']);
  });
});
