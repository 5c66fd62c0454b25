import type { RenderContext } from './render.ts';
import { terminalOf } from './terminal.ts';
import { out, printJson } from './write.ts';

/** Prints an answer: the document itself with `--json`, else as `render` puts it for people. */
export function answer<T>(
  value: T,
  { json }: { json?: true },
  render: (value: T, context: RenderContext) => string,
): Promise<void> {
  return json ? printJson(value) : out(render(value, { ...terminalOf(), nowMs: Date.now() }));
}
