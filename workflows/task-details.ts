import type { TaskView } from '../schemas/task-view.ts';

/** A task as Temporal's Web UI shows it under "current details": Markdown, readable without our tools. */
export function taskDetails(view: TaskView): string {
  const last = view.history.at(-1);
  const lines = [`**${view.state}** ${last?.reason ?? ''}`, ''];
  lines.push(`- command: \`${view.command.join(' ').slice(0, 200).replaceAll('`', "'")}\``);
  if (view.skill !== null) lines.push(`- skill: ${view.skill}`);
  lines.push(`- requires: ${view.requires.length > 0 ? view.requires.join(', ') : 'nothing (any host)'}`);
  if (view.route !== null) lines.push(`- route: ${view.route}`);
  if (view.host !== null) lines.push(`- host: ${view.host}, attempt ${view.attempt}`);
  if (view.state === 'parked' || view.state === 'queued') {
    lines.push('', `As of ${last?.at ?? view.submittedAt}; \`colibri task why ${view.id}\` tells how it stands now.`);
  }
  if (view.failure !== null) lines.push('', `${view.failure.code}: ${view.failure.message}`);
  return lines.join('\n');
}
