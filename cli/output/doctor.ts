import type { DoctorJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';
import type { Paint } from './terminal.ts';
import { oneLine, wrap } from './text.ts';

/** What was looked at, one thing a line, and below each thing that is amiss the command that mends it. */
export function renderDoctor(report: DoctorJson, { paint, columns }: RenderContext): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const margin = ' '.repeat(9 + width + 2);
  const lines = report.checks.flatMap((check) => {
    const [detail = '', ...more] = wrap(oneLine(check.detail), Math.max(20, columns - margin.length));
    const line = `${paintStatus(check.status, paint)}  ${check.name.padEnd(width)}  ${detail}`;
    // What mends it is to be copied: it stays in one line.
    const mend = check.fix === null ? [] : [`${margin}${paint.cyan('mend:')} ${check.fix}`];
    return [line, ...more.map((text) => `${margin}${text}`), ...mend];
  });
  const amiss = report.checks.filter((check) => check.status === 'missing').length;
  const verdict =
    amiss === 0
      ? 'Everything needed is there.'
      : `${amiss} needed thing${amiss === 1 ? ' is' : 's are'} missing; begin with the first.`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}

function paintStatus(status: DoctorJson['checks'][number]['status'], paint: Paint): string {
  const word = status.padEnd(7);
  if (status === 'ok') return paint.green(word);
  if (status === 'missing') return paint.red(word);
  return status === 'warning' ? paint.yellow(word) : paint.dim(word);
}
