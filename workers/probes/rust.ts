import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export const rust: Probe = {
  name: 'rust',
  tags: ['rust'],
  timeoutMs: 15_000,
  async run({ exec, timeoutMs }) {
    const [rustc, cargo] = await Promise.all([
      exec('rustc', ['--version'], { timeoutMs }),
      exec('cargo', ['--version'], { timeoutMs }),
    ]);
    if (rustc.code !== 0) return [missing('rust', complaint('rustc', rustc))];
    if (cargo.code !== 0) return [missing('rust', `rustc runs, but cargo does not: ${complaint('cargo', cargo)}`)];
    const folder = await mkdtemp(join(tmpdir(), 'colibri-rust-'));
    try {
      const source = join(folder, 'main.rs');
      await writeFile(source, 'fn main() {}\n');
      // Linked, not only checked: a compiler without a linker or a standard library builds nothing.
      const built = await exec('rustc', ['-o', join(folder, 'main'), source], { timeoutMs });
      if (built.code !== 0) {
        return [missing('rust', `rustc runs, but does not build a program: ${complaint('rustc', built)}`)];
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const version = /\d+\.\d+\.\d+\S*/.exec(rustc.stdout)?.[0];
    return [found('rust', `rustc ${version ?? ''} builds a program, and cargo runs`.replace('  ', ' '), version)];
  },
};
