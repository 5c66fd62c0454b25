import { createHash } from 'node:crypto';
import { ColibriError } from './errors.ts';

const CHECK_BYTES = 4;

/** The server's token for the next page as text to hand on; null when there is no next page. */
export function encodeCursor(token: Uint8Array | null | undefined): string | null {
  if (!token || token.length === 0) return null;
  return Buffer.concat([checkOf(token), token]).toString('base64url');
}

/**
 * The token within a cursor, empty for the first page. A server asked with a mangled token answers with an error that
 * looks like trouble of its own, so each cursor carries a check. Throws `invalid`.
 */
export function decodeCursor(cursor: string | undefined): Uint8Array {
  if (cursor === undefined) return new Uint8Array();
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(CHECK_BYTES);
  if (token.length > 0 && checkOf(token).equals(bytes.subarray(0, CHECK_BYTES))) return token;
  throw new ColibriError('invalid', 'cursor: is none', 'give the nextCursor of an earlier answer, whole');
}

function checkOf(token: Uint8Array): Buffer {
  return createHash('sha256').update(token).digest().subarray(0, CHECK_BYTES);
}
