import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { ColibriError } from '../client/errors.ts';
import type { Needs } from '../schemas/needs.ts';
import { writeNeeds } from '../workers/host/needs.ts';

export interface InputsOption {
  inputs?: string;
}

/** `--inputs DIR` of commands by which an agent outside gets what its task's plan hands to it. */
export function addInputsOption(command: Command): Command {
  return command.option('--inputs <DIR>', 'write the results of the tasks that it needed to DIR, a file each');
}

/** Looks whether files could be written there, before anything is asked for. Throws `invalid` naming the option. */
export function checkInputsFolder({ inputs }: InputsOption): void {
  if (inputs === undefined) return;
  let folder = resolve(inputs);
  try {
    if (inputs === '') throw new Error('name a folder');
    while (!existsSync(folder)) folder = dirname(folder);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EACCES' || code === 'EROFS' ? `nothing can be written to ${folder}` : message;
    throw new ColibriError('invalid', `--inputs: ${why}`, 'name another folder; it is made where it is missing');
  }
}

/** Writes them to the folder that was asked for, and gives the files' paths; null when none was. */
export function writeInputs(needs: Needs, { inputs }: InputsOption, mend: string): string[] | null {
  if (inputs === undefined) return null;
  try {
    return writeNeeds(needs, resolve(inputs));
  } catch (error) {
    throw new ColibriError('failed', `the inputs could not be written: ${(error as Error).message}`, mend);
  }
}
