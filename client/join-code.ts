import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  type ScryptOptions,
  scrypt,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { CODE_LENGTH, codeFrom, type KeyCost } from '../schemas/invite.ts';

/** What one guess costs: some 80 ms and 32 MB. All 2^40 secrets would take thousands of years of one processor. */
const COST: KeyCost = { N: 2 ** 15, r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** How a file of a private Ed25519 key begins (PKCS #8); the 32 bytes that it is made from follow. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A code that was never used, with what is told of it: from none of that the code can be had but by guessing. */
export async function newCode(): Promise<{
  id: string;
  secret: string;
  salt: string;
  cost: KeyCost;
  publicKey: string;
}> {
  const { id, secret } = codeFrom(randomBytes(CODE_LENGTH));
  const salt = randomBytes(SALT_BYTES).toString('base64');
  const key = await keyOf(secret, salt, COST);
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
  return { id, secret, salt, cost: COST, publicKey };
}

/** Signs with the key that a secret stands for. The signature as base64. */
export async function signWithSecret(
  text: string,
  { secret, salt, cost }: { secret: string; salt: string; cost: KeyCost },
): Promise<string> {
  return sign(null, Buffer.from(text), await keyOf(secret, salt, cost)).toString('base64');
}

/** Whether the text was signed with the private key of this public one. What is no key or no signature was not. */
export function verifySignature(input: { publicKey: string; text: string; signature: string }): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(input.publicKey, 'base64'), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(input.text), key, Buffer.from(input.signature, 'base64'));
  } catch {
    return false;
  }
}

async function keyOf(secret: string, salt: string, { N, r, p }: KeyCost): Promise<KeyObject> {
  // Node's own limit is just what scrypt takes at this cost.
  const maxmem = 256 * N * r;
  const seed = await scryptAsync(secret, Buffer.from(salt, 'base64'), KEY_BYTES, { N, r, p, maxmem });
  return createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_HEAD, seed]), format: 'der', type: 'pkcs8' });
}
