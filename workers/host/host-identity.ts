import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineId } from './machine.ts';

/**
 * Who this host is: an id kept in its state folder, tied to the machine where the machine has an id of its own, so that
 * a copied folder is another host.
 */
export function hostIdentity(stateDir: string): string {
  const path = join(stateDir, 'host-id');
  let kept: string;
  try {
    kept = readFileSync(path, 'utf8').trim();
  } catch {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    kept = randomUUID();
    writeFileSync(path, `${kept}\n`, { mode: 0o600 });
  }
  return createHash('sha256').update(`${kept} ${machineId()}`).digest('hex').slice(0, 32);
}
