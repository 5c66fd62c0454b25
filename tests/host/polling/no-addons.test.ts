import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testServer } from '../../support/temporal-server.ts';
import { openWorkbench, uniqueQueue } from './support.ts';

it('polls, heartbeats and completes where no native code can be loaded [R4]', async () => {
  const { address } = testServer();
  const queue = uniqueQueue('no-addons');
  const program = fileURLToPath(new URL('./no-addons-host.mjs', import.meta.url));
  const host = spawn(process.execPath, ['--no-addons', program, address, queue], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const bench = await openWorkbench(address);
  try {
    expect(await (await bench.submit(queue, { input: 'hi' })).result()).toBe('echo hi');
    expect(await (await bench.submit(`${queue}-host`, { type: 'ping' })).result()).toBe('pong');
    let printed = '';
    host.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    host.kill('SIGTERM');
    const [code] = await once(host, 'close');
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toEqual({
      temporal: ['@temporalio/client', '@temporalio/common', '@temporalio/proto'],
      native: [],
    });
  } finally {
    host.kill('SIGKILL');
    await bench.close();
  }
});
