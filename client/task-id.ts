import { createHash, randomBytes } from 'node:crypto';
import { ColibriError } from './errors.ts';

/** Ids people can read aloud and type: no vowels, no look-alikes. 8 of 27 characters. */
const ID_ALPHABET = 'bcdfghjkmnpqrstvwxz23456789';
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** 66 bits of a hash: among a million keys the chance that two share an id is 1 to 200 million. */
const KEYED_LENGTH = 14;

export function newTaskId(): string {
  return [...randomBytes(8)].map((byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}

/** The id of the task with this key: always the same, so that the server can tell that it has the task already. */
export function taskIdOfKey(key: string): string {
  const base = BigInt(ID_ALPHABET.length);
  let rest = BigInt(`0x${createHash('sha256').update(key).digest('hex')}`);
  let id = '';
  for (let at = 0; at < KEYED_LENGTH; at += 1) {
    id += ID_ALPHABET[Number(rest % base)];
    rest /= base;
  }
  return id;
}

/** Throws `invalid` for an id that could not stand in a path or a branch. */
export function checkTaskId(id: string): void {
  if (ID_PATTERN.test(id)) return;
  throw new ColibriError(
    'invalid',
    `id: "${id}" has other characters than letters, digits, . _ - or is longer than 100`,
  );
}
