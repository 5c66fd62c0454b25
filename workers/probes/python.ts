import { basename } from 'node:path';
import { findOnPath } from './find-on-path.ts';
import { found, missing } from './findings.ts';
import type { Finding, Probe } from './probe.ts';

const SCRIPT = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
const NAMED_BY_RULE = 'python3.12';

/** Every Python 3 on PATH that runs gives the tag of its own version, whatever its file is called. */
export const python: Probe = {
  name: 'python',
  tags: [NAMED_BY_RULE],
  timeoutMs: 15_000,
  async run({ env, exec, timeoutMs }) {
    const paths = await findOnPath(env, /^python(3(\.\d+)?)?$/);
    // The most exact name first: it is the one to tell people.
    paths.sort((a, b) => basename(b).length - basename(a).length);
    const answers = await Promise.all(
      paths.map(async (path) => ({ path, answer: await exec(path, ['-I', '-c', SCRIPT], { timeoutMs }) })),
    );
    const findings = new Map<string, Finding>();
    for (const { path, answer } of answers) {
      const version = answer.stdout.trim();
      const tag = /^3\.\d+/.exec(version)?.[0];
      if (answer.code === 0 && tag && !findings.has(`python${tag}`)) {
        findings.set(`python${tag}`, found(`python${tag}`, `${path} runs and is Python ${version}`, version));
      }
    }
    // Shims of version managers are on PATH for versions that are not there: say so rather than nothing.
    for (const { path, answer } of answers) {
      const tag = basename(path);
      if (answer.code !== 0 && /^python3\.\d+$/.test(tag) && !findings.has(tag)) {
        findings.set(
          tag,
          missing(tag, `${path} is there but does not run: ${answer.failure ?? `exit code ${answer.code}`}`),
        );
      }
    }
    if (!findings.has(NAMED_BY_RULE)) findings.set(NAMED_BY_RULE, missing(NAMED_BY_RULE, 'no Python 3.12 is on PATH'));
    return [...findings.values()];
  },
};
