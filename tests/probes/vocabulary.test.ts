import { describe, expect, it } from 'vitest';
import { VOCABULARY_TAGS } from '../../schemas/tags.ts';
import { allProbes, runProbes } from '../../workers/probes/index.ts';
import { fakeMachine } from './fake-programs.ts';

describe('the probes', () => {
  it('answer for every tag of the shared vocabulary, each by one probe [R1]', () => {
    const answered = [...allProbes.values()].flatMap((probe) => probe.tags);
    expect([...answered].sort()).toEqual([...VOCABULARY_TAGS].sort());
  });

  it('find nothing but the system and what is bundled on a machine without a single program, and say why [R2]', async () => {
    const { env } = fakeMachine({});
    const report = await runProbes({ env });
    const own = process.platform === 'linux' || process.platform === 'freebsd' ? [process.platform] : [];
    // A graphics card needs no program.
    expect(report.capabilities.filter((tag) => tag !== 'gpu')).toEqual(['image-render', ...own].sort());
    expect(report.findings.map((finding) => finding.tag).sort()).toEqual([...VOCABULARY_TAGS].sort());
    for (const { how } of report.findings) expect(how).toMatch(/^\S.{8,400}$/);
  });

  it('prove what they find on this very machine, Node among it [R2]', async () => {
    const report = await runProbes({ only: ['node'], env: { ...process.env } });
    const major = process.versions.node.split('.')[0];
    expect(report.findings.find((finding) => finding.tag === `node${major}`)?.found).toBe(true);
  });
});
