import type { Command } from 'commander';

/** One command: where it stands, what a list of commands says of it, and the module that knows the rest. */
export interface CatalogEntry {
  path: readonly [string] | readonly [string, string];
  /** Arguments, as commander writes them. */
  args?: string;
  summary: string;
  /** Loaded only for the command that is run, so that the others cost nothing. */
  load: () => Promise<{ define: (command: Command) => void }>;
}
