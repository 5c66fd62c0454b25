import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { wrap } from './text.ts';

/** The first line of what is shown of a thing, `id  state  and what there is to say`, over as many lines as it takes. */
export function headLine(
  id: string,
  state: Parameters<typeof paintState>[0],
  text: string,
  { paint, columns }: Pick<RenderContext, 'paint' | 'columns'>,
): string {
  const plain = `${id}  ${state}`;
  const [first = '', ...more] = wrap(`${plain}  ${text}`.trimEnd(), columns - 2);
  // A name so long that it is broken itself stays as it is.
  if (!first.startsWith(plain)) return `${paint.bold(id)}  ${paintState(state, paint)}  ${text}`.trimEnd();
  const head = `${paint.bold(id)}  ${paintState(state, paint)}${first.slice(plain.length)}`;
  return [head, ...more.map((line) => `  ${line}`)].join('\n');
}
