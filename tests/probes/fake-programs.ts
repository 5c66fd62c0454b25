import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface FakeMachine {
  folder: string;
  /** An environment whose PATH holds the fake programs and nothing else. */
  env: NodeJS.ProcessEnv;
}

/**
 * A folder of shell scripts that stand in for programs, as the only thing on PATH. Names may be in folders of their own
 * (`b/python3`): folders come on PATH in alphabetical order, after the programs that are in none.
 */
export function fakeMachine(programs: Record<string, string>): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'probe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const folders = new Set(['.']);
  for (const [name, body] of Object.entries(programs)) {
    const inside = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '.';
    folders.add(inside);
    mkdirSync(join(folder, inside), { recursive: true });
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const path = [...folders]
    .sort()
    .map((inside) => join(folder, inside))
    .join(':');
  return { folder, env: { PATH: path, HOME: folder } };
}
