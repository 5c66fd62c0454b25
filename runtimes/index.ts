import { command } from './command.ts';
import type { Runtime } from './runtime.ts';

/** Every runtime by its name. */
export const RUNTIMES: Readonly<Record<string, Runtime>> = { command };
