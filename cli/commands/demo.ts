import type { Command } from 'commander';
import type { DemoJson } from '../json-shapes.ts';
import { printJson } from '../output/write.ts';

export function define(command: Command): void {
  command
    .option('--keep', 'leave it running at the end, to look around')
    .addHelpText('after', '\nWith --json the story is told on stderr.\n')
    .action(demo);
}

async function demo({ keep = false, json }: { keep?: boolean; json?: true }): Promise<void> {
  const { runDemo } = await import('../../demo/main.ts');
  const code = await runDemo({ keep, ...(json ? { out: process.stderr } : {}) });
  if (json) await printJson<DemoJson>({ ok: code === 0 });
  process.exitCode = code;
}
