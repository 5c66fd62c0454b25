import { spawn } from 'node:child_process';

/** Runs `/bin/true` and returns its exit code. */
export function spawnTrue(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/true', { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  });
}

export interface BareActivities {
  spawnTrue: typeof spawnTrue;
}
