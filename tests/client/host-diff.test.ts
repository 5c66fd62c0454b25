import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHostDiff } from '../../cli/output/host-diff.ts';
import { terminalOf } from '../../cli/output/terminal.ts';
import { diffFleet, isUnchanged, matrixComment, readMatrix, type SavedHost } from '../../client/host-diff.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const plain = { ...terminalOf({}, {}), columns: 80, nowMs: NOW };
const host = (name: string, more: Partial<SavedHost> = {}): SavedHost => ({
  ...{ name, version: '0.1.0', os: 'linux', node: '22.1.0', capabilities: ['docker', 'linux'] },
  findings: [
    { tag: 'docker', found: true, how: 'the daemon answers', version: '27.3' },
    { tag: 'gpu', found: false, how: 'no render node' },
  ],
  ...more,
});

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const hosts = fc.uniqueArray(
  fc.record({
    ...{ name: text, version: text, os: text, node: text },
    capabilities: fc.uniqueArray(fc.oneof(text, fc.constantFrom('-->', '<!--', '--', 'a>b')), { maxLength: 5 }),
    findings: fc.array(fc.record({ tag: text, found: fc.boolean(), how: text }), { maxLength: 4 }),
  }),
  { selector: ({ name }) => name, maxLength: 5 },
);

describe('what changed in a fleet', () => {
  it('is nothing between a fleet and its own saved matrix, whatever tags and reasons hold [R2]', () => {
    fc.assert(
      fc.property(hosts, (fleet) => {
        const comment = matrixComment(fleet);
        expect(comment.indexOf('-->')).toBe(comment.length - 3);
        const read = readMatrix(`# Host matrix\n\n${comment}\n`, 'file');
        expect(isUnchanged(diffFleet(read, fleet))).toBe(true);
        expect(isUnchanged(diffFleet(fleet, read))).toBe(true);
      }),
    );
  });

  it('names hosts that came and went, tags gained and lost, and versions [R2]', () => {
    const now = host('debby', {
      node: '24.0.0',
      capabilities: ['docker', 'gpu'],
      findings: [
        { tag: 'docker', found: true, how: 'the daemon answers', version: '28.0' },
        { tag: 'gpu', found: true, how: 'nvidia-smi names a GPU' },
        { tag: 'linux', found: false, how: 'hidden by configuration' },
      ],
    });
    const diff = diffFleet([host('debby'), host('osa')], [now, host('zebra', { capabilities: [] })]);
    expect(diff).toEqual({
      new: [{ name: 'zebra', capabilities: [] }],
      gone: [{ name: 'osa', capabilities: ['docker', 'linux'] }],
      changed: [
        {
          name: 'debby',
          gained: [{ tag: 'gpu', how: 'nvidia-smi names a GPU' }],
          lost: [{ tag: 'linux', how: 'hidden by configuration' }],
          versions: [
            { what: 'node', from: '22.1.0', to: '24.0.0' },
            { what: 'docker', from: '27.3', to: '28.0' },
          ],
        },
      ],
    });
    const told = renderHostDiff(
      { file: 'HOST-MATRIX.md', savedAt: new Date(NOW - 7_200_000).toISOString(), ...diff },
      plain,
    );
    expect(told).toMatch(/^What changed since HOST-MATRIX\.md was written, .* \(2h ago\):$/m);
    expect(told).toContain(
      'debby\n  + gpu: nvidia-smi names a GPU\n  - linux: hidden by configuration\n  ~ node 22.1.0 -> 24.0.0\n',
    );
    expect(told).toContain('osa\n  - gone; it had docker, linux\n');
    expect(told).toContain('zebra\n  + new host: no tags\n');
  });

  it('is refused to be told of a file that holds no matrix [T2]', () => {
    for (const bad of [
      '',
      '# Host matrix',
      '{}',
      '<!-- colibri-host-matrix {"format":1} -->',
      '<!-- colibri-host-matrix x -->',
    ]) {
      expect(() => readMatrix(bad, 'notes.md')).toThrow('file: notes.md holds no host matrix');
    }
  });
});
