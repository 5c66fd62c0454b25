import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ColibriError } from '../../client/errors.ts';

/** What to read: the file of this name, or stdin. Throws `invalid` for a file that cannot be read. */
export async function openSource(file: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  if (file === undefined && process.stdin.isTTY) {
    throw new ColibriError(
      'invalid',
      'there is nothing to take in',
      'name a file, or give the tasks on stdin: colibri task intake < tasks.md',
    );
  }
  if (file === undefined || file === '-') return process.stdin;
  try {
    if ((await stat(file)).isDirectory()) throw new ColibriError('invalid', `file: "${file}" is a folder`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ColibriError('invalid', `file: there is no file "${file}"`);
    throw error;
  }
  return readable(file);
}

async function* readable(file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(file)) yield chunk as Uint8Array;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new ColibriError('invalid', `file: "${file}" cannot be read: ${(error as Error).message}`);
  }
}
