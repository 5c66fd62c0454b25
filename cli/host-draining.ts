import type { Colibri } from '../client/colibri.ts';
import { ColibriError } from '../client/errors.ts';
import type { DrainOrder } from '../client/host-orders.ts';
import { readPaused } from '../client/read-fleet.ts';
import type { HostView } from '../schemas/fleet.ts';
import { pause, throughOutages } from './follow.ts';
import { leaveOnInterrupt } from './interrupt.ts';
import type { HostJson } from './json-shapes.ts';
import { paintState } from './output/states.ts';
import { terminalOf } from './output/terminal.ts';
import { oneLine, wrap } from './output/text.ts';
import { err, out, printJson } from './output/write.ts';
import { outageOnStderr } from './watchers.ts';
import { userName, withColibri } from './with-colibri.ts';

/** The fleet hears of a change within moments; a host that is away keeps its status. */
const HEARD_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 500;
/** A worker that does not say whether it takes tasks has been told by then. */
const TOLD_WITHIN_MS = 5_000;

export interface DrainOptions extends DrainOrder {
  json?: true;
  /** Waits until nothing runs there any more. */
  wait?: boolean;
}

/** Drains a host, or lets it take tasks again, and says how it stands then. */
export async function changeDraining(name: string, draining: boolean, options: DrainOptions): Promise<void> {
  const { json, wait = false, ...order } = options;
  await withColibri(async (colibri) => {
    await colibri.hosts.setDraining(name, draining, { by: userName(), ...order });
    const deadline = Date.now() + HEARD_WITHIN_MS;
    let host = await viewOf(colibri, name);
    while ((host.status === 'draining') !== draining && isLive(host) && Date.now() < deadline) {
      await pause(100);
      host = await viewOf(colibri, name);
    }
    if (wait && isLive(host)) {
      if (!json && host.running.length > 0) await say(host, draining);
      host = await leaveOnInterrupt(`${name} goes on draining without being watched.`, () =>
        untilDrained(colibri, host),
      );
    }
    if (json) return printJson<HostJson>(host);
    await say(host, draining);
  });
}

/** Follows a draining host until it runs nothing. Throws when it was resumed meanwhile. */
async function untilDrained(colibri: Colibri, drained: HostView): Promise<HostView> {
  const { name } = drained;
  const progress = new ProgressLine();
  const since = Date.now();
  try {
    for (;;) {
      const [host, paused] = await throughOutages(
        () => Promise.all([viewOf(colibri, name), readPaused(colibri.client, name)]),
        outageOnStderr(),
      );
      if (host.status === 'online' || host.status === 'busy') {
        throw new ColibriError('failed', `${name} was resumed by someone else while it drained`);
      }
      if (host.status === 'offline') return host;
      // What it was just given before it was told is among its running tasks only once it has said so.
      const told = paused ?? Date.now() - since > TOLD_WITHIN_MS;
      if (host.status === 'draining' && told && host.running.length === 0) return host;
      progress.show(`${name} ${host.status}: ${oneLine(host.reason)}`);
      await pause(LOOK_EVERY_MS);
    }
  } finally {
    progress.clear();
  }
}

/** One line on a terminal that is written over again and again; nothing elsewhere. */
class ProgressLine {
  readonly #isShown = process.stderr.isTTY === true;

  show(text: string): void {
    if (this.#isShown) void err(`\r\x1b[K${text.slice(0, terminalOf(process.stderr).columns - 1)}`);
  }

  clear(): void {
    if (this.#isShown) void err('\r\x1b[K');
  }
}

async function viewOf(colibri: Colibri, name: string): Promise<HostView> {
  const { registration: _, ...view } = await colibri.hosts.show(name);
  return view;
}

async function say(host: HostView, draining: boolean): Promise<void> {
  const { paint, columns } = terminalOf();
  const plain = `${host.name} is ${host.status}`;
  const [first = '', ...more] = wrap(`${plain}${tail(host, draining)}`, columns - 2);
  const head = `${host.name} is ${paintState(host.status, paint)}${first.slice(plain.length)}`;
  await out(`${[head, ...more.map((line) => `  ${line}`)].join('\n')}\n`);
}

function tail(host: HostView, draining: boolean): string {
  if (!isLive(host))
    return draining ? ', and will take nothing when it is back' : ', and will take tasks when it is back';
  return draining ? ` ${oneLine(host.reason)}` : ' and takes tasks';
}

function isLive(host: HostView): boolean {
  return host.status === 'online' || host.status === 'busy' || host.status === 'draining';
}
