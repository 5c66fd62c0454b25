import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { hashAgentToken, hashesMatch, isAgentToken, newAgentToken } from '../../client/agent-token.ts';

it('makes tokens of 256 random bits that are known as such, no two alike [T1]', () => {
  const tokens = Array.from({ length: 200 }, newAgentToken);
  expect(new Set(tokens).size).toBe(200);
  for (const token of tokens) {
    expect(isAgentToken(token)).toBe(true);
    expect(Buffer.from(token.slice('colibri_at_'.length), 'base64url')).toHaveLength(32);
  }
  for (const text of ['', 'colibri_at_', 'hunter2', `${tokens[0]}x`, `x${tokens[0]}`]) {
    expect(isAgentToken(text)).toBe(false);
  }
});

it('keeps the SHA-256 of a token, and knows it again [T1]', () => {
  const token = newAgentToken();
  const hash = hashAgentToken(token);
  expect(hash).toBe(createHash('sha256').update(token).digest('hex'));
  expect(hashesMatch(hash, hash)).toBe(true);
  expect(hashesMatch(hash, hashAgentToken(newAgentToken()))).toBe(false);
});

it('never takes nothing for a match [T1]', () => {
  for (const nothing of [null, undefined, '', 'abcd']) expect(hashesMatch('', nothing)).toBe(false);
  expect(hashesMatch(hashAgentToken('a'), '')).toBe(false);
});
