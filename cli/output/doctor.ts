import type { DoctorJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';
import type { Paint } from './terminal.ts';
import { oneLine } from './text.ts';

/** What was looked at, one thing a line, and below each thing that is amiss the command that mends it. */
export function renderDoctor(report: DoctorJson, { paint }: RenderContext): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const lines = report.checks.flatMap((check) => {
    const line = `${paintStatus(check.status, paint)}  ${check.name.padEnd(width)}  ${oneLine(check.detail)}`;
    return check.fix === null ? [line] : [line, `${' '.repeat(9 + width + 2)}${paint.cyan('mend:')} ${check.fix}`];
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
