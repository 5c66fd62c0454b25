import { isIP } from 'node:net';
import { z } from 'zod';

const DEFAULT_PORT = 7233;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Where a server is: `host:port`, `[::1]:7233`, or a host alone for Temporal's own port. */
export const ServerAddress = z
  .string()
  .trim()
  .transform((text, ctx) => {
    const address = readAddress(text);
    if (address !== null) return address;
    ctx.addIssue({ code: 'custom', message: `"${text}" is no address: write it like debby:7233 or 10.0.0.5:7233` });
    return z.NEVER;
  });

function readAddress(text: string): string | null {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 6) return `[${bare}]:${DEFAULT_PORT}`;
  const [, host = text, port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const inner = /^\[(.*)\]$/.exec(host)?.[1];
  if (inner === undefined ? !HOST.test(host) : isIP(inner) !== 6) return null;
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  return number >= 1 && number <= 65_535 ? `${host}:${number}` : null;
}

/** Whether an address leads to the machine that uses it. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
