import { findOnPath } from './find-on-path.ts';
import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

// Making an image needs Pillow's compiled core, which the bare import of PIL does not touch.
const SCRIPT = "import PIL, PIL.Image; PIL.Image.new('RGB', (2, 2)); print(PIL.__version__)";

export const pillow: Probe = {
  name: 'pillow',
  tags: ['pillow'],
  timeoutMs: 15_000,
  async run({ env, exec, timeoutMs }) {
    // A task calls `python3`; only where there is none (FreeBSD's packages bring python3.11 alone) does another one count.
    const [usual] = await findOnPath(env, /^python3$/);
    const interpreters = usual ? [usual] : await findOnPath(env, /^python3\.\d+$/);
    let reason = 'no Python 3 is on PATH';
    for (const path of interpreters) {
      const answer = await exec(path, ['-c', SCRIPT], { timeoutMs });
      const version = answer.stdout.trim();
      if (answer.code === 0) return [found('pillow', `${path} imports PIL ${version} and makes an image`, version)];
      reason = `${path} does not import PIL: ${complaint('python', answer)}`;
    }
    return [missing('pillow', reason)];
  },
};
