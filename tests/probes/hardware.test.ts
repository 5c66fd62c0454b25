import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGpuProbe } from '../../workers/probes/gpu.ts';
import { runProbes } from '../../workers/probes/index.ts';
import { fakeMachine } from './fake-programs.ts';

async function gpu(programs: Record<string, string>, nodes: string[]) {
  const { env, folder } = fakeMachine(programs);
  const devices = join(folder, 'dri');
  mkdirSync(devices);
  for (const node of nodes) writeFileSync(join(devices, node), '');
  const { findings } = await runProbes({ env, probes: new Map([['gpu', createGpuProbe(devices)]]) });
  return findings[0];
}

describe('gpu', () => {
  it('is found when nvidia-smi lists a card [R2]', async () => {
    const list = 'echo "GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-1)"';
    expect(await gpu({ 'nvidia-smi': list }, [])).toMatchObject({ found: true, version: 'NVIDIA GeForce RTX 4090' });
  });

  it('is found when a render node opens [R2]', async () => {
    expect(await gpu({}, ['card0', 'renderD128'])).toMatchObject({
      found: true,
      how: expect.stringMatching(/renderD128 opens$/),
    });
  });

  it('is not found with a driver that reaches no card, or a display without rendering [R2]', async () => {
    const unreachable = 'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."; exit 9';
    expect(await gpu({ 'nvidia-smi': unreachable }, ['card0'])).toMatchObject({
      found: false,
      how: expect.stringMatching(/no render node.*NVIDIA-SMI has failed/),
    });
    expect(await gpu({ 'nvidia-smi': 'echo "No devices found."' }, [])).toMatchObject({ found: false });
  });
});

describe('zfs', () => {
  const zfs = async (list: string) => {
    const { env } = fakeMachine({
      zpool: `case "$1" in version) echo zfs-2.2.6-1; echo zfs-kmod-2.2.6-1;; *) ${list};; esac`,
    });
    return (await runProbes({ only: ['zfs'], env })).findings[0];
  };

  it('is found when a pool can be used, and with a degraded one too [R2]', async () => {
    expect(await zfs("printf 'tank\\tFAULTED\\nzroot\\tDEGRADED\\n'")).toMatchObject({
      found: true,
      version: '2.2.6',
      how: 'the pool zroot is DEGRADED',
    });
  });

  it('is not found without a pool, with none that works, or without the module [R2]', async () => {
    expect(await zfs('exit 0')).toMatchObject({ found: false, how: 'zpool runs, but there is no pool' });
    expect(await zfs("printf 'tank\\tUNAVAIL\\n'")).toMatchObject({
      found: false,
      how: 'no pool can be used: tank is UNAVAIL',
    });
    expect(await zfs('echo "The ZFS modules cannot be auto-loaded." >&2; exit 1')).toMatchObject({ found: false });
  });
});
