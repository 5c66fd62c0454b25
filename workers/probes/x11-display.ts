import { readFile } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import type { ProbeContext } from './probe.ts';
import { exchange } from './socket-exchange.ts';

interface Authority {
  name: string;
  data: Buffer;
}

/** Opens a connection to the X server that DISPLAY names, as any X program does. Rejects with the reason it did not open. */
export async function openX11Display(display: string, { env, signal, timeoutMs }: ProbeContext): Promise<void> {
  const named = /^(?<host>[^:]*):(?<number>\d+)(\.\d+)?$/.exec(display)?.groups;
  if (!named) throw new Error('DISPLAY is not of the form host:number');
  const { host = '', number = '0' } = named;
  const target: NetConnectOpts =
    host === '' || host === 'unix' ? { path: `/tmp/.X11-unix/X${number}` } : { host, port: 6000 + Number(number) };
  const request = setupRequest(await readAuthority(env, number));
  const answer = await exchange({ target, request, answerBytes: 8, signal, timeoutMs });
  if (answer[0] === 1) return;
  const reason = answer.toString('latin1', 8, 8 + (answer[1] ?? 0)).trim();
  throw new Error(`the X server refused${reason ? `: ${reason}` : ''}`);
}

function setupRequest({ name, data }: Authority): Buffer {
  const head = Buffer.alloc(12);
  head.write('l', 'latin1');
  head.writeUInt16LE(11, 2);
  head.writeUInt16LE(name.length, 6);
  head.writeUInt16LE(data.length, 8);
  return Buffer.concat([head, padded(Buffer.from(name, 'latin1')), padded(data)]);
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

/** The cookie for a display; an empty one when there is none, which a server open to local users accepts. */
async function readAuthority(env: NodeJS.ProcessEnv, display: string): Promise<Authority> {
  const file = env.XAUTHORITY ?? join(env.HOME ?? '/', '.Xauthority');
  const content = await readFile(file).catch(() => Buffer.alloc(0));
  // Entries of: family (16 bits), then address, display number, name and data, each led by its length in 16 bits.
  for (let at = 0; at + 2 < content.length; ) {
    at += 2;
    const fields: Buffer[] = [];
    for (let field = 0; field < 4 && at + 2 <= content.length; field += 1) {
      const length = content.readUInt16BE(at);
      fields.push(content.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    const [, number, name, data] = fields;
    const fits = number !== undefined && (number.length === 0 || number.toString() === display);
    if (fits && data && name?.toString() === 'MIT-MAGIC-COOKIE-1') return { name: 'MIT-MAGIC-COOKIE-1', data };
  }
  return { name: '', data: Buffer.alloc(0) };
}
