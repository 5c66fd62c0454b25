import { isUnchanged } from '../../client/host-diff.ts';
import type { HostDiffJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';
import { oneLine, wrap } from './text.ts';
import { timeAndAgo } from './time.ts';

/** What changed in the fleet, host by host. */
export function renderHostDiff(diff: HostDiffJson, { paint, columns, nowMs }: RenderContext): string {
  const since = `since ${oneLine(diff.file)} was written, ${timeAndAgo(diff.savedAt, nowMs)}`;
  if (isUnchanged(diff)) return `Nothing changed ${since}.\n`;
  const line = (sign: string, text: string, paintSign: (text: string) => string) => {
    const [first = '', ...more] = wrap(text, columns - 4);
    return [`  ${paintSign(sign)} ${first}`, ...more.map((rest) => `    ${rest}`)].join('\n');
  };
  const tags = (names: readonly string[]) => names.map(oneLine).join(', ') || 'no tags';
  const told = ({ tag, how }: { tag: string; how: string }) => (how === '' ? tag : `${tag}: ${oneLine(how)}`);
  const blocks = [
    ...diff.new.map((host) => ({
      name: host.name,
      lines: [line('+', `new host: ${tags(host.capabilities)}`, paint.green)],
    })),
    ...diff.gone.map((host) => ({
      name: host.name,
      lines: [line('-', `gone; it had ${tags(host.capabilities)}`, paint.red)],
    })),
    ...diff.changed.map(({ name, gained, lost, versions }) => ({
      name,
      lines: [
        ...gained.map((tag) => line('+', told(tag), paint.green)),
        ...lost.map((tag) => line('-', told(tag), paint.red)),
        ...versions.map(({ what, from, to }) =>
          line('~', `${what} ${oneLine(from) || 'unknown'} -> ${oneLine(to) || 'unknown'}`, paint.yellow),
        ),
      ],
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const texts = blocks.map(({ name, lines }) => `${paint.bold(name)}\n${lines.join('\n')}\n`);
  return `What changed ${since}:\n\n${texts.join('\n')}`;
}
