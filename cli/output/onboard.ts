import type { OffboardJson, OnboardJson, OnboardPrintJson } from '../json-shapes.ts';
import type { Step } from '../onboard/steps.ts';
import type { RenderContext } from './render.ts';
import { commandLine, oneLine, wrap } from './text.ts';

const STEP_WIDTH = 10;
const STATUS_WIDTH = 7;

/** One step that is over, as a line; what is too long for it goes on below. */
export function renderStep({ step, status, detail }: Step, { paint, columns }: RenderContext): string {
  const word = status.padEnd(STATUS_WIDTH);
  const painted = status === 'done' || status === 'ok' ? paint.green(word) : paint.dim(word);
  const indent = STATUS_WIDTH + STEP_WIDTH + 4;
  const [first = '', ...more] = wrap(oneLine(detail), Math.max(20, columns - indent));
  return [
    `${painted}  ${step.padEnd(STEP_WIDTH)}  ${first}`,
    ...more.map((line) => ' '.repeat(indent) + line),
    '',
  ].join('\n');
}

export function renderOnboarded({ name, address, start, task }: OnboardJson, { paint }: RenderContext): string {
  if (task !== null) return `\n${paint.bold(name)} is a host of the fleet at ${address}.\n`;
  return start === null
    ? ''
    : `\nStart the worker, then run the same again to see a task run here:\n\n  ${commandLine(start)}\n`;
}

/** Every file with its content, and every command, as a person would do it by hand. */
export function renderPlan(plan: OnboardPrintJson, { paint }: RenderContext): string {
  const folders = plan.folders.map(({ path, mode, owner }) => `${paint.bold(`folder ${path}`)}  ${mode} ${owner}\n`);
  const files = plan.files.map(({ path, mode, owner, about, content }) => {
    const body = content === null ? '' : content.replaceAll(/^(?=.)/gm, '  ');
    return `${paint.bold(`file ${path}`)}  ${mode} ${owner}: ${about}\n${body}`;
  });
  const commands = plan.commands.map(({ command, about }) => `  ${commandLine(command)}  # ${about}\n`);
  const run = plan.commands.length > 0 ? [`${paint.bold('commands')}\n${commands.join('')}`] : [];
  const start = plan.start === null ? [] : [`${paint.bold('then, by yourself')}\n  ${commandLine(plan.start)}\n`];
  const sections = [...(folders.length > 0 ? [folders.join('')] : []), ...files, ...run, ...start];
  return `${sections.join('\n')}\nNothing was done.\n`;
}

export function renderOffboarded({ name, removed, left, home }: OffboardJson, { paint }: RenderContext): string {
  const lines = removed.map((path) => `  ${path}\n`).join('');
  const rest = left.length === 0 ? '' : `Left in ${home}, not made by onboarding: ${left.join(', ')}\n`;
  return `\n${paint.bold(name)} is out of the fleet. Removed:\n${lines}${rest}`;
}
