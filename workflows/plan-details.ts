import type { PlanRecord } from './plan-record.ts';

/** Most lines of tasks shown under "current details" in Temporal's Web UI. */
const MAX_LINES = 100;

/** A plan as Temporal's Web UI shows it: Markdown, readable without our tools. */
export function planDetails(record: PlanRecord): string {
  const counts = Object.entries(record.counts()).filter(([, count]) => count > 0);
  const lines = [counts.map(([state, count]) => `${count} ${state}`).join(', '), ''];
  if (record.stopped !== null) lines.push(`Stopped: ${record.stopped}`, '');
  const names = [...record.plan.tasks.keys()];
  for (const name of names.slice(0, MAX_LINES)) {
    const { state, summary } = record.of(name);
    lines.push(`- **${name}** ${state}${summary === '' ? '' : `: ${summary}`}`);
  }
  if (names.length > MAX_LINES) lines.push(`- and ${names.length - MAX_LINES} more`);
  return lines.join('\n');
}
