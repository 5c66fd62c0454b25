import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProbes } from '../../workers/probes/index.ts';

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'display-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A display server of a few lines: hands what it is sent to `answer` and writes back what that gives. */
async function serve(where: string | number, answer: (request: Buffer) => Buffer | undefined): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (request) => {
      const reply = answer(request);
      if (reply) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => {
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

const displayOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port - 6000}.0`;

async function ask(tag: string, env: NodeJS.ProcessEnv) {
  const { findings } = await runProbes({ only: [tag], env: { HOME: '/nonexistent', ...env }, timeoutMs: 2_500 });
  return findings[0];
}

const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  if (endianness() === 'LE') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
};
const registry = Buffer.concat([word(2), word((24 << 16) | 0), Buffer.alloc(16)]);
const isGetRegistry = (request: Buffer) => request.equals(Buffer.concat([word(1), word((12 << 16) | 1), word(2)]));

describe('gui over X11', () => {
  const cookie = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const accepts = Buffer.from([1, 0, 11, 0, 0, 0, 0, 0]);

  it('is found when the X server accepts the connection with the cookie of this display [R2]', async () => {
    let seen: Buffer = Buffer.alloc(0);
    const server = await serve(0, (request) => {
      seen = request;
      return accepts;
    });
    const display = displayOf(server);
    const number = /:(\d+)/.exec(display)?.[1] ?? '';
    const entry = (name: string, data: Buffer) =>
      Buffer.concat([
        Buffer.from([1, 0]),
        ...[Buffer.from('host'), Buffer.from(name), Buffer.from('MIT-MAGIC-COOKIE-1'), data].flatMap((field) => [
          Buffer.from([field.length >> 8, field.length & 255]),
          field,
        ]),
      ]);
    const file = join(tempFolder(), 'authority');
    writeFileSync(file, Buffer.concat([entry('99999', Buffer.alloc(16)), entry(number, cookie)]));
    expect(await ask('gui', { DISPLAY: display, XAUTHORITY: file })).toMatchObject({
      found: true,
      how: `the X server at ${display} accepts a connection`,
    });
    expect(seen.subarray(0, 6)).toEqual(Buffer.from([0x6c, 0, 11, 0, 0, 0]));
    expect(seen.toString('latin1', 12, 30)).toBe('MIT-MAGIC-COOKIE-1');
    expect(seen.subarray(32, 48)).toEqual(cookie);
  });

  it('is not found when the server refuses, and its reason is told [R2]', async () => {
    const reason = 'No protocol specified\n';
    const refuses = Buffer.concat([Buffer.from([0, reason.length, 11, 0, 0, 0, 6, 0]), Buffer.from(reason)]);
    const server = await serve(0, () => refuses);
    const finding = await ask('gui', { DISPLAY: displayOf(server) });
    expect(finding).toMatchObject({
      found: false,
      how: expect.stringContaining('the X server refused: No protocol specified'),
    });
  });

  it('is not found when nobody listens, or who listens says nothing [R2]', async () => {
    const mute = await serve(0, () => undefined);
    expect(await ask('gui', { DISPLAY: displayOf(mute) })).toMatchObject({
      found: false,
      how: expect.stringContaining('no answer within'),
    });
    expect(await ask('gui', { DISPLAY: ':61234' })).toMatchObject({
      found: false,
      how: expect.stringContaining('no X server at :61234'),
    });
    expect(await ask('gui', { DISPLAY: 'nonsense' })).toMatchObject({
      found: false,
      how: expect.stringContaining('host:number'),
    });
    expect(await ask('gui', {})).toMatchObject({ found: false, how: 'neither DISPLAY nor WAYLAND_DISPLAY is set' });
  });
});

describe('wayland', () => {
  it('is found, and gui with it, when the compositor hands out its registry [R2]', async () => {
    const folder = tempFolder();
    await serve(join(folder, 'wayland-7'), (request) => (isGetRegistry(request) ? registry : undefined));
    const env = { XDG_RUNTIME_DIR: folder, WAYLAND_DISPLAY: 'wayland-7' };
    expect(await ask('wayland', env)).toMatchObject({ found: true });
    expect(await ask('gui', { ...env, DISPLAY: ':61234' })).toMatchObject({ found: true });
    expect(await ask('wayland', { WAYLAND_DISPLAY: join(folder, 'wayland-7') })).toMatchObject({ found: true });
  });

  it('is not found when only the socket’s file is left, or another service listens there [R2]', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'wayland-0'), '');
    await serve(join(folder, 'wayland-1'), () => Buffer.from('220 mail.example ESMTP\r\n'));
    const env = { XDG_RUNTIME_DIR: folder };
    expect(await ask('wayland', { ...env, WAYLAND_DISPLAY: 'wayland-0' })).toMatchObject({ found: false });
    expect(await ask('wayland', { ...env, WAYLAND_DISPLAY: 'wayland-1' })).toMatchObject({
      found: false,
      how: expect.stringContaining('does not speak Wayland'),
    });
    expect(await ask('wayland', { WAYLAND_DISPLAY: 'wayland-1' })).toMatchObject({
      found: false,
      how: expect.stringContaining('XDG_RUNTIME_DIR is not set'),
    });
    expect(await ask('wayland', env)).toMatchObject({ found: false, how: 'WAYLAND_DISPLAY is not set' });
  });
});
