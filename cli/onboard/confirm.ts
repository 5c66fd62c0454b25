import { createInterface } from 'node:readline/promises';
import { ColibriError } from '../../client/errors.ts';

/** Asks on the terminal, if there is one. Throws `refused` unless the answer is yes. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await terminal.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(said.trim())) return;
  } finally {
    terminal.close();
  }
  throw new ColibriError('refused', 'nothing was done', 'answer y, or give --yes');
}
