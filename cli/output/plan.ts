import type { PlanLine } from '../../client/plan-list.ts';
import type { PlanNow, PlanTaskNow } from '../../client/show-plan.ts';
import { formatDuration } from '../../schemas/duration.ts';
import { cutToWidth, displayWidth } from './display-width.ts';
import { fields } from './fields.ts';
import { headLine } from './head-line.ts';
import { layerLines, type TreeLine, treeLines } from './plan-tree.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import { oneLine } from './text.ts';
import { lasted, timeAndAgo } from './time.ts';

/** Cells of the widest state, and of the gap after a column. */
const STATE_WIDTH = 'cancelled'.length;
const GAP = '  ';
/** Cells that are kept for what there is to say of a task. */
const DETAIL_WIDTH = 24;
/** Names of needs that are listed; of more there is only the number. */
const MAX_NAMES = 4;

/** A plan with its graph: each task with its state, under what it needs. */
export function renderPlan(plan: PlanNow, context: RenderContext): string {
  const { paint, nowMs } = context;
  const failing =
    plan.onFailure === 'continue'
      ? 'continue: all goes on that does not need the failed task'
      : `stop: nothing more is started, what runs is ${plan.cancelRunning ? 'cancelled' : 'left to end'}`;
  const head = `${headLine(plan.id, plan.state, oneLine(headline(plan)), context)}\n`;
  const by = plan.submitter === null ? '' : ` by ${oneLine(plan.submitter)}`;
  const facts = fields(
    [
      ['name', plan.name === null ? null : oneLine(plan.name)],
      ['project', plan.project === null ? null : oneLine(plan.project)],
      ['submitted', `${timeAndAgo(plan.submittedAt, nowMs)}${by}`],
      ['tried again', plan.round === 1 ? null : plan.round === 2 ? 'once' : `${plan.round - 1} times`],
      ['ended', plan.endedAt === null ? null : timeAndAgo(plan.endedAt, nowMs)],
      ['on failure', failing],
    ],
    paint,
  );
  return plan.tasks.length === 0 ? `${head}\n${facts}` : `${head}\n${facts}\n${graph(plan, context)}`;
}

/** How far it is, in words. */
export function headline({ state, summary, counts, tasks }: PlanNow): string {
  if (state !== 'running') return summary;
  const parts = [`${counts.done} of ${tasks.length} done`];
  for (const [name, count] of Object.entries(onBoard(tasks))) parts.push(`${count} ${name}`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.cancelled > 0) parts.push(`${counts.cancelled} cancelled`);
  if (counts.waiting > 0) parts.push(`${counts.waiting} waiting`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
  return parts.join(', ');
}

function onBoard(tasks: readonly PlanTaskNow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const task of tasks) {
    if (task.state !== 'started') continue;
    const state = stateOf(task);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** The state that says most: that on the board, for a task that is there. */
export function stateOf({ state, boardState }: PlanTaskNow): PlanTaskNow['state'] | NonNullable<typeof boardState> {
  return state === 'started' ? (boardState ?? state) : state;
}

function graph({ tasks }: PlanNow, { paint, columns, nowMs }: RenderContext): string {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const longest = Math.max(...tasks.map(({ name }) => name.length));
  const room = columns - STATE_WIDTH - GAP.length - Math.min(longest, 24) - GAP.length - DETAIL_WIDTH;
  const tree = treeLines(tasks, room);
  const lines = tree ?? layerLines(tasks);
  const drawnWidth = Math.max(...lines.map(({ prefix, name }) => displayWidth(prefix) + name.length));
  const nameWidth = Math.min(drawnWidth, columns - STATE_WIDTH - GAP.length * 2 - DETAIL_WIDTH);
  return lines
    .map((line) => {
      const task = byName.get(line.name);
      if (task === undefined) return '';
      const state = stateOf(task);
      const painted = `${paintState(state, paint)}${' '.repeat(Math.max(0, STATE_WIDTH - state.length))}`;
      const name = cutToWidth(line.name, Math.max(8, nameWidth - displayWidth(line.prefix)));
      const drawn = `${paint.dim(line.prefix)}${name}`;
      const pad = ' '.repeat(Math.max(0, nameWidth - displayWidth(drawn)));
      const left = columns - STATE_WIDTH - GAP.length * 2 - Math.max(nameWidth, displayWidth(drawn));
      const detail = cutToWidth(details(task, line, tree === null, nowMs), Math.max(DETAIL_WIDTH / 2, left));
      return `${painted}${GAP}${drawn}${pad}${GAP}${paint.dim(detail)}`.trimEnd().concat('\n');
    })
    .join('');
}

function details(task: PlanTaskNow, { also }: TreeLine, isLayered: boolean, nowMs: number): string {
  const parts: string[] = [];
  if (task.state === 'started') {
    const where = task.host !== null && stateOf(task) === 'running' ? `on ${task.host} ` : '';
    parts.push(task.startedAt === null ? where : `${where}for ${lasted(task.startedAt, nowMs)}`);
  } else if (task.state === 'done') {
    if (task.startedAt !== null && task.endedAt !== null) parts.push(formatDuration(duration(task)));
  } else parts.push(oneLine(task.summary));
  // What one waits for, or was skipped for, is said already.
  if (also.length > 0 && task.state !== 'waiting' && task.state !== 'skipped')
    parts.push(`${isLayered ? 'needs' : 'also needs'} ${names(also)}`);
  return parts.filter((part) => part !== '').join(', ');
}

function duration({ startedAt, endedAt }: PlanTaskNow): number {
  return Math.max(0, Date.parse(endedAt ?? '') - Date.parse(startedAt ?? ''));
}

function names(all: readonly string[]): string {
  if (all.length <= MAX_NAMES) return all.join(', ');
  return `${all.slice(0, MAX_NAMES - 1).join(', ')} and ${all.length - MAX_NAMES + 1} more`;
}

/** Plans as a table; ids are never cut, since one has to type them. */
export function renderPlanList(plans: readonly PlanLine[], { paint, columns, nowMs }: RenderContext): string {
  const rows = plans.map((plan) => [
    plan.id,
    paintState(plan.state, paint),
    plan.total === null ? `${plan.done ?? '?'}` : `${plan.done ?? '?'}/${plan.total}`,
    lasted(plan.submittedAt, nowMs),
    oneLine(plan.name),
  ]);
  return table(['ID', 'STATE', 'DONE', 'AGE', 'NAME'], rows, {
    width: columns,
    flexible: [4],
    right: [2],
    heading: paint.dim,
  });
}
