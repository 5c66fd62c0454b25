import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeAll } from '../../demo/leftovers.ts';
import { isRunning, processesOf } from '../../demo/processes.ts';

function folder(): string {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'leftovers-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('tells of a process that stayed, known by its environment alone, and ends it [T4]', async () => {
  const root = folder();
  const child = spawn('sleep', ['600'], { env: { PATH: process.env.PATH, SOMETHING: join(root, 'x') }, cwd: '/' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  expect(processesOf(root).map(({ pid }) => pid)).toEqual([child.pid]);
  expect(await removeAll(root, [])).toEqual([`process ${child.pid} had to be killed: sleep 600`]);
  await ended;
  expect(isRunning(child.pid ?? 0)).toBe(false);
  expect(existsSync(root)).toBe(false);
}, 60_000);

it('tells of a port that is still open, and of none that is not [T4]', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(await removeAll(folder(), [`127.0.0.1:${port}`, null])).toEqual([`port ${port} is still open`]);
  server.close();
  await once(server, 'close');
  expect(await removeAll(folder(), [`http://127.0.0.1:${port}`])).toEqual([]);
});
