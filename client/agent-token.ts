import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'colibri_at_';
const PATTERN = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{43}$`);

/** A new token: 256 random bits, after a prefix by which a scanner for secrets knows it. */
export function newAgentToken(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** True when the text looks like a token; whether it is anyone's is for the registry to say. */
export function isAgentToken(text: string): boolean {
  return PATTERN.test(text);
}

/** What is kept of a token. Plain SHA-256: there is nothing to guess in 256 random bits, so nothing to slow down. */
export function hashAgentToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares in constant time. False when there is no hash to compare with. */
export function hashesMatch(given: string, kept: string | null | undefined): boolean {
  if (kept === null || kept === undefined) return false;
  const a = Buffer.from(given, 'hex');
  const b = Buffer.from(kept, 'hex');
  return a.length === 32 && b.length === 32 && timingSafeEqual(a, b);
}
