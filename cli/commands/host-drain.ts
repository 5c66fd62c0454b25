import type { Command } from 'commander';
import { changeDraining } from '../host-draining.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) => changeDraining(name, true, options));
}
