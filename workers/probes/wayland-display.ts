import { endianness } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { ProbeContext } from './probe.ts';
import { exchange } from './socket-exchange.ts';

const REGISTRY_ID = 2;

/** Asks the compositor that WAYLAND_DISPLAY names for its registry. Rejects with the reason it did not answer. */
export async function openWaylandDisplay(display: string, { env, signal, timeoutMs }: ProbeContext): Promise<void> {
  if (!isAbsolute(display) && !env.XDG_RUNTIME_DIR) throw new Error('XDG_RUNTIME_DIR is not set');
  const path = isAbsolute(display) ? display : join(env.XDG_RUNTIME_DIR ?? '', display);
  // wl_display (object 1), request 1 (get_registry), 12 bytes, new object 2; words are in the machine's own byte order.
  const request = new Uint8Array(new Uint32Array([1, (12 << 16) | 1, REGISTRY_ID]).buffer);
  const answer = await exchange({ target: { path }, request, answerBytes: 8, signal, timeoutMs });
  const object = endianness() === 'LE' ? answer.readUInt32LE(0) : answer.readUInt32BE(0);
  if (object !== REGISTRY_ID) throw new Error('what listens there does not speak Wayland');
}
