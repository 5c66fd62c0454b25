import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

export interface HostCommand {
  name: string;
  slots: number;
  lease: string;
  /** Without them the host probes itself. */
  tags: readonly string[] | undefined;
  /** More flags of `colibri worker host`. */
  flags: readonly string[];
}

/** The command line, as installed. */
export function colibriCommand(...args: readonly string[]): string[] {
  return [process.execPath, CLI, ...args];
}

export function controlCommand(lease: string): string[] {
  return colibriCommand('worker', 'control', '--lease', lease);
}

export function hostCommand({ name, slots, lease, tags, flags }: HostCommand): string[] {
  const capabilities = tags === undefined ? [] : ['--capabilities', tags.join(',')];
  const own = ['--name', name, '--slots', String(slots), '--lease', lease, ...capabilities, ...flags];
  // As on FreeBSD, where nothing native can be loaded.
  return [process.execPath, '--no-addons', CLI, 'worker', 'host', ...own];
}
