import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseDocument } from 'yaml';
import { ColibriError } from '../client/errors.ts';
import type { PlanSpecInput } from '../schemas/plan.ts';

/** Largest file that is read: a plan may be 512 KiB as JSON, and YAML has comments besides. */
const MAX_CHARS = 4_000_000;

/** Reads a plan, YAML or JSON, from a file or, for `-`, from stdin. What it says is checked by whoever submits it. */
export async function readPlanFile(file: string): Promise<PlanSpecInput> {
  const name = file === '-' ? 'stdin' : file;
  const source = file === '-' ? await text(process.stdin) : await contentOf(file);
  if (source.trim() === '') throw new ColibriError('invalid', `${name} is empty`, 'give a plan, in YAML or JSON');
  if (source.length > MAX_CHARS) throw new ColibriError('invalid', `${name} is too long for a plan`);
  const document = parseDocument(source, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [message = ''] = error.message.split('\n');
    throw new ColibriError('invalid', `${name} cannot be read as YAML or JSON: ${message.replace(/:$/, '')}`);
  }
  try {
    return document.toJS({ maxAliasCount: 1_000 }) as PlanSpecInput;
  } catch (thrown) {
    throw new ColibriError('invalid', `${name} cannot be read as YAML: ${(thrown as Error).message}`);
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw new ColibriError('invalid', `${file} cannot be read: ${why}`);
  }
}
