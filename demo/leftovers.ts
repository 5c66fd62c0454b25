import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type FoundProcess, killQuietly, processesOf } from './processes.ts';

/** What was found when nothing should have been left: one line each. Empty when all is well. */
export type Leftovers = readonly string[];

/** Guards and leashes go by themselves a moment after what they stood by. */
const SETTLE_MS = 10_000;

/**
 * Removes a folder once no process has to do with it any more, and looks whether the addresses are free. Processes that
 * do not go are killed, and are told of as well.
 */
export async function removeAll(root: string, addresses: readonly (string | null)[]): Promise<Leftovers> {
  const stubborn = await untilGone(root);
  for (const { pid } of stubborn) killQuietly(pid);
  if (stubborn.length > 0) await untilGone(root);
  const mounted = mountedBelow(root);
  if (!mounted) rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  const open = await Promise.all(addresses.flatMap((address) => (address === null ? [] : [stillOpen(address)])));
  return [
    ...stubborn.map(({ pid, command }) => `process ${pid} had to be killed: ${command.slice(0, 120)}`),
    ...(mounted ? [`something is still mounted below ${root}`] : []),
    ...(existsSync(root) ? [`folder ${root}`] : []),
    ...open.flatMap((address) => address ?? []),
  ];
}

async function untilGone(root: string): Promise<FoundProcess[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const found = processesOf(root);
    if (found.length === 0 || performance.now() > deadline) return found;
    await delay(50);
  }
}

/** A leash of root may mount the cgroup hierarchy in its folder; to remove what shows there would be wrong. */
function mountedBelow(root: string): boolean {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${root}/`);
  } catch {
    return false;
  }
}

/** The line to report when something still listens at `host:port` or at a URL. */
function stillOpen(address: string): Promise<string | null> {
  const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const answer = (text: string | null) => {
      socket.destroy();
      resolve(text);
    };
    socket.once('connect', () => answer(`port ${port} is still open`));
    socket.once('error', () => answer(null));
  });
}
