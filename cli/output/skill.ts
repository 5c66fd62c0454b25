import type { SkillLine, SkillView } from '../../client/skill-actions.ts';
import { formatBytes } from '../../schemas/byte-size.ts';
import type { SkillRegistration } from '../../schemas/skill.ts';
import { fields } from './fields.ts';
import type { RenderContext } from './render.ts';
import { table } from './table.ts';
import { oneLine, safeLine, wrap } from './text.ts';
import { timeAndAgo } from './time.ts';

/** As much of a digest as people compare. */
const SHORT = 12;

/** Skills as a table. */
export function renderSkillList(skills: readonly SkillLine[], { paint, columns }: RenderContext): string {
  if (skills.length === 0) return 'There is no skill. Register one: colibri skill register DIR\n';
  const rows = skills.map((skill) => [
    skill.name,
    skill.source === 'shipped' ? 'colibri' : oneLine(skill.registeredBy ?? ''),
    skill.requires.join(' ') || '-',
    oneLine(skill.description),
  ]);
  return table(['SKILL', 'FROM', 'REQUIRES', 'DESCRIPTION'], rows, {
    width: columns,
    flexible: [1, 2, 3],
    heading: paint.dim,
  });
}

/** One skill with its files. */
export function renderSkill(skill: SkillView, context: RenderContext): string {
  const { paint, columns, nowMs } = context;
  const origin =
    skill.registeredAt === null
      ? 'comes with Colibri'
      : `registered ${timeAndAgo(skill.registeredAt, nowMs)} by ${oneLine(skill.registeredBy ?? '')}`;
  const entry = skill.entry ?? 'none: its instructions are for an agent, or for the command of the task';
  const own = Object.entries(skill.metadata).filter(([name]) => !name.startsWith('colibri-'));
  const facts: [string, string | null][] = [
    ['requires', skill.requires.join(', ') || 'nothing (any host)'],
    ['entry', oneLine(entry)],
    ['license', skill.license],
    ['works with', skill.compatibility],
    ['tools', skill.allowedTools],
    ...own.map(([name, value]): [string, string] => [oneLine(name), value]),
    ['digest', skill.digest.slice(0, SHORT)],
    ['size', `${formatBytes(skill.bytes)} in ${skill.files} ${skill.files === 1 ? 'file' : 'files'}`],
  ];
  const labels = Math.max(...facts.map(([label]) => label.length)) + 2;
  const folded = (value: string) =>
    wrap(oneLine(value), Math.max(20, columns - labels)).join(`\n${' '.repeat(labels)}`);
  const files = skill.fileList.map(({ path, bytes, executable }) => [
    oneLine(path),
    formatBytes(bytes),
    executable ? 'executable' : '',
  ]);
  const command = skill.entry === null ? ' -- COMMAND' : '';
  return [
    `${paint.bold(skill.name)}  ${origin}\n`,
    `${wrap(oneLine(skill.description), columns).join('\n')}\n`,
    fields(
      facts.map(([label, value]) => [label, value === null ? null : folded(value)]),
      paint,
    ),
    `${paint.bold('Files')}\n${table(['PATH', 'SIZE', ''], files, { width: columns, flexible: [0], right: [1], heading: paint.dim, indent: 2 })}`,
    ...(skill.instructions === '' ? [] : [`${paint.bold('Instructions')}\n${instructions(skill.instructions)}`]),
    `${paint.dim(`run it: colibri task submit --skill ${skill.name}${command}`)}\n`,
  ].join('\n');
}

function instructions(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${safeLine(line)}`.trimEnd().concat('\n'))
    .join('');
}

/** What came of a registration. */
export function renderRegistered({ skill, changed, replaced }: SkillRegistration, { paint }: RenderContext): string {
  const short = skill.digest.slice(0, SHORT);
  if (!changed) return `${paint.bold(skill.name)} is registered already with this very content (${short})\n`;
  const before = replaced === null ? '' : `, in place of ${replaced.slice(0, SHORT)}`;
  const size = `${formatBytes(skill.bytes)} in ${skill.files} ${skill.files === 1 ? 'file' : 'files'}`;
  return [
    `registered ${paint.bold(skill.name)} ${short} (${size})${before}\n`,
    `${paint.dim(`run it: colibri task submit --skill ${skill.name}${skill.entry === null ? ' -- COMMAND' : ''}`)}\n`,
  ].join('');
}
