import { stat } from 'node:fs/promises';
import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export const go: Probe = {
  name: 'go',
  tags: ['go'],
  timeoutMs: 15_000,
  async run({ exec, timeoutMs }) {
    // `go tool compile` is a program of its own in GOROOT: a lone `go` binary gets no further than its version.
    const [shown, root, compiler] = await Promise.all([
      exec('go', ['version'], { timeoutMs }),
      exec('go', ['env', 'GOROOT'], { timeoutMs }),
      exec('go', ['tool', 'compile', '-V'], { timeoutMs }),
    ]);
    if (shown.code !== 0) return [missing('go', complaint('go', shown))];
    const folder = root.stdout.trim();
    const there =
      folder !== '' &&
      (await stat(folder)
        .then((entry) => entry.isDirectory())
        .catch(() => false));
    if (!there) return [missing('go', `go runs, but its GOROOT ${folder || '(empty)'} is no folder`)];
    if (compiler.code !== 0) return [missing('go', `go runs, but its compiler does not: ${complaint('go', compiler)}`)];
    const version = /go(\d+\.\d+\S*)/.exec(shown.stdout)?.[1];
    return [found('go', `go and its compiler run from ${folder}`, version)];
  },
};
