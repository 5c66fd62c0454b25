import type { Command } from 'commander';

export function define(command: Command): void {
  command.option('--keep', 'leave it running at the end, to look around').action(demo);
}

async function demo({ keep = false }: { keep?: boolean }): Promise<void> {
  const { runDemo } = await import('../../demo/main.ts');
  await runDemo({ keep });
}
