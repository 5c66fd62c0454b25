import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newCode, signWithSecret, verifySignature } from '../../client/join-code.ts';
import {
  CODE_LENGTH,
  codeFrom,
  formatCode,
  type Invite,
  inviteState,
  MAX_GUESSES,
  parseCode,
  refuseJoin,
} from '../../schemas/invite.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

function invite(more: Partial<Invite> = {}): Invite {
  return {
    ...{ id: 'K7QM', name: null, salt: '', publicKey: '', cost: { N: 2, r: 1, p: 1 }, uses: 1, by: 'ann' },
    ...{ createdAt: new Date(START).toISOString(), expiresAt: new Date(START + HOUR).toISOString() },
    ...{ wrong: 0, revokedAt: null, joined: [], ...more },
  };
}

describe('a join code', () => {
  it('is read however it was typed [P4]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH }), (bytes) => {
        const code = codeFrom(bytes);
        const text = formatCode(code);
        expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
        const typed = [
          text,
          text.toLowerCase(),
          ` ${text.replaceAll('-', '')} `,
          text.replaceAll('0', 'o').replaceAll('1', 'l'),
        ];
        for (const each of typed) expect(parseCode(each)).toEqual(code);
      }),
    );
  });

  it.each(['', 'K7QM', 'K7QM-4XRT-9PW', 'K7QM-4XRT-9PWZZ', 'K7QM-4XRT-9PW!'])('is not %j [T2]', (text) => {
    expect(parseCode(text)).toBeNull();
  });

  it('signs with a key that nothing told of it gives away, and another secret does not [T1]', async () => {
    const code = await newCode();
    const signature = await signWithSecret('join', code);
    const { publicKey } = code;
    expect(verifySignature({ publicKey, text: 'join', signature })).toBe(true);
    expect(verifySignature({ publicKey, text: 'join as another', signature })).toBe(false);
    const guess = await signWithSecret('join', {
      ...code,
      secret: code.secret === '00000000' ? '00000001' : '00000000',
    });
    expect(verifySignature({ publicKey, text: 'join', signature: guess })).toBe(false);
    expect(verifySignature({ publicKey: 'rubbish', text: 'join', signature })).toBe(false);
    expect(JSON.stringify({ ...code, secret: '' })).not.toContain(code.secret);
  });
});

describe('an invitation', () => {
  const me = { name: 'osa', joinId: 'mine' };
  const used = [{ joinId: 'other', name: 'debby', at: 'T' }];

  it.each([
    ['open', invite(), null],
    ['open', invite({ name: 'osa' }), null],
    ['open', invite({ name: 'debby' }), 'give --name debby'],
    ['used', invite({ joined: used }), 'debby joined by it'],
    ['open', invite({ joined: used, uses: 2 }), null],
    ['expired', invite({ expiresAt: new Date(START).toISOString() }), 'expired'],
    ['closed', invite({ wrong: MAX_GUESSES }), `wrong ${MAX_GUESSES} times`],
    ['revoked', invite({ revokedAt: 'T' }), 'revoked'],
    // A second run of the same onboarding.
    ['used', invite({ joined: [{ ...me, at: 'T' }] }), null],
    ['used', invite({ joined: [{ joinId: 'mine', name: 'debby', at: 'T' }] }), 'debby joined by it'],
  ] as const)('that is %s lets a host join, or says why not: case %# [P4]', (state, given, why) => {
    expect(inviteState(given, START)).toBe(state);
    const refusal = refuseJoin(given, me, START);
    if (why === null) expect(refusal).toBeNull();
    else expect(refusal).toContain(why);
  });

  it('that nobody made is refused like a wrong secret [T1]', () => {
    expect(refuseJoin(undefined, me, START)).toBe('this code is not right');
  });
});
