import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

/** `deviceFolder` is where Linux and FreeBSD list the nodes of graphics cards. */
export function createGpuProbe(deviceFolder = '/dev/dri'): Probe {
  return {
    name: 'gpu',
    tags: ['gpu'],
    async run({ exec, timeoutMs }) {
      const listed = await exec('nvidia-smi', ['-L'], { timeoutMs });
      const card = /^GPU \d+: (?<name>.*?)(?: \(UUID.*)?$/m.exec(listed.stdout)?.groups?.name;
      if (listed.code === 0 && card) return [found('gpu', `nvidia-smi lists ${card}`, card)];
      const names = await readdir(deviceFolder).catch((): string[] => []);
      const nodes = names.filter((name) => name.startsWith('renderD')).sort();
      const refusals: string[] = [];
      for (const node of nodes) {
        try {
          await (await open(join(deviceFolder, node), 'r+')).close();
          return [found('gpu', `the render node ${join(deviceFolder, node)} opens`)];
        } catch (error) {
          refusals.push((error as Error).message);
        }
      }
      const reason = refusals[0] ?? `${deviceFolder} has no render node, and ${complaint('nvidia-smi', listed)}`;
      return [missing('gpu', reason)];
    },
  };
}
