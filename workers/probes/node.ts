import { findOnPath } from './find-on-path.ts';
import { found, missing } from './findings.ts';
import type { Finding, Probe } from './probe.ts';

const NAMED_BY_RULE = 'node24';

/** Every Node.js on PATH that runs gives the tag of its own major version. */
export const node: Probe = {
  name: 'node',
  tags: [NAMED_BY_RULE],
  timeoutMs: 15_000,
  async run({ env, exec, timeoutMs }) {
    const paths = await findOnPath(env, /^node(js)?(-?\d+)?$/);
    const answers = await Promise.all(
      paths.map(async (path) => ({ path, answer: await exec(path, ['-p', 'process.versions.node'], { timeoutMs }) })),
    );
    const findings = new Map<string, Finding>();
    for (const { path, answer } of answers) {
      const version = answer.stdout.trim();
      const major = /^(\d+)\.\d+/.exec(version)?.[1];
      if (answer.code !== 0 || !major || findings.has(`node${major}`)) continue;
      findings.set(`node${major}`, found(`node${major}`, `${path} runs and is Node.js ${version}`, version));
    }
    if (!findings.has(NAMED_BY_RULE)) {
      findings.set(NAMED_BY_RULE, missing(NAMED_BY_RULE, 'no Node.js 24 on PATH runs'));
    }
    return [...findings.values()];
  },
};
