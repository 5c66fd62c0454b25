import type { Terminal } from './terminal.ts';

/** What rendering depends on besides the thing itself. */
export interface RenderContext extends Terminal {
  nowMs: number;
}
