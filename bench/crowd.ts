import { setMaxListeners } from 'node:events';
import pino from 'pino';
import { resolveConfig } from '../cli/config/resolve.ts';
import { startHostPart } from '../cli/parts.ts';

/**
 * A program: `crowd.js COUNT TAG[,TAG...]` starts that many host workers, named crowd-0 and on, with one slot and these
 * tags each. They share the process and nothing else: connection, state folder, leash and presence are each one's own.
 * Prints `ready` when the fleet has them all.
 */
const [count = '1', capabilities = ''] = process.argv.slice(2);
const AT_ONCE = 5;
const log = pino({ level: 'error' });
const stopping = new AbortController();
setMaxListeners(0, process, stopping.signal);

const hosts: Awaited<ReturnType<typeof startHostPart>>[] = [];
for (let first = 0; first < Number(count); first += AT_ONCE) {
  const names = Array.from({ length: Math.min(AT_ONCE, Number(count) - first) }, (_, i) => `crowd-${first + i}`);
  const started = names.map((name) => {
    const { values } = resolveConfig({
      flags: { name, slots: '1', capabilities },
      env: process.env,
      cwd: process.cwd(),
    });
    return startHostPart(values, { log, signal: stopping.signal });
  });
  hosts.push(...(await Promise.all(started)));
}
process.once('SIGTERM', () => {
  void Promise.all(hosts.map((host) => host.stop())).then(() => process.exit(0));
});
console.log('ready');
