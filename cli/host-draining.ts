import type { HostView } from '../schemas/fleet.ts';
import { pause } from './follow.ts';
import type { HostJson } from './json-shapes.ts';
import { paintState } from './output/states.ts';
import { terminalOf } from './output/terminal.ts';
import { out, printJson } from './output/write.ts';
import { withColibri } from './with-colibri.ts';

/** The fleet hears of a change within moments; a host that is away keeps its status. */
const HEARD_WITHIN_MS = 3_000;

/** Drains a host, or lets it take tasks again, and says how it stands then. */
export async function changeDraining(name: string, draining: boolean, { json }: { json?: true }): Promise<void> {
  await withColibri(async (colibri) => {
    await colibri.setDraining(name, draining);
    const deadline = Date.now() + HEARD_WITHIN_MS;
    let host: HostView = await colibri.host(name);
    while ((host.status === 'draining') !== draining && isLive(host) && Date.now() < deadline) {
      await pause(100);
      host = await colibri.host(name);
    }
    const { registration: _, ...view } = host as HostView & { registration: unknown };
    if (json) return printJson<HostJson>(view);
    await out(`${name} is ${paintState(view.status, terminalOf().paint)}${tail(view, draining)}\n`);
  });
}

function tail(host: HostView, draining: boolean): string {
  if (!isLive(host))
    return draining ? ', and will take nothing when it is back' : ', and will take tasks when it is back';
  if (!draining) return ` and takes tasks`;
  const left = host.running.length;
  return left === 0
    ? ' and runs nothing'
    : `; ${left} task${left === 1 ? ' goes' : 's go'} on until ${left === 1 ? 'it is' : 'they are'} finished`;
}

function isLive(host: HostView): boolean {
  return host.status !== 'stale' && host.status !== 'offline';
}
