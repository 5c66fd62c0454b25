import { describe, expect, it } from 'vitest';
import { readMatrix } from '../../client/host-diff.ts';
import { type MatrixHost, renderMatrixMarkdown, renderMatrixTable } from '../../client/host-matrix.ts';

const found = (tag: string, how: string, version?: string) => ({
  tag,
  found: true,
  how,
  ...(version ? { version } : {}),
});
const lost = (tag: string, how: string) => ({ tag, found: false, how });

const debby: MatrixHost = {
  name: 'debby',
  status: 'online',
  capabilities: ['docker', 'linux', 'node24', 'python3.12', 'python3.9', 'screenshot', 'x-lab'],
  findings: [
    found('linux', 'the kernel is Linux 6.12', '6.12'),
    found('docker', 'the Docker daemon answers with version 27.3.1', '27.3.1'),
    found('screenshot', 'a tmux pane was captured and drawn as a PNG of 900 bytes', '3.3a'),
    found('python3.12', '/usr/bin/python3.12 runs and is Python 3.12.7', '3.12.7'),
    found('python3.9', '/opt/py_9/python3.9 runs and is Python 3.9.2', '3.9.2'),
    found('node24', '/usr/bin/node runs and is Node.js 24.1.0', '24.1.0'),
    lost('python3.6', '/shims/python3.6 is there but does not run: exit code 127'),
    lost('gpu', '/dev/dri has no render node | nvidia-smi:\nno such <program> on PATH'),
  ],
};
const osa: MatrixHost = {
  name: 'osa',
  status: 'offline',
  capabilities: ['freebsd', 'zfs'],
  findings: [found('freebsd', 'the system is FreeBSD 14.2', '14.2'), lost('docker', 'docker: no such program on PATH')],
};

describe('the host matrix in Markdown', () => {
  it('shows tags by kind, hosts by name, and how each tag is known [R2]', () => {
    const text = renderMatrixMarkdown([osa, debby]);
    expect(readMatrix(text, 'x').map(({ name, capabilities }) => [name, capabilities.length])).toEqual([
      ['debby', 7],
      ['osa', 2],
    ]);
    expect(text.slice(0, text.indexOf('<!--'))).toMatchInlineSnapshot(`
      "# Host matrix

      | Capability | debby (online) | osa (offline) |
      | --- | --- | --- |
      | **OS** |  |  |
      | \`linux\` | ✓ 6.12 | · |
      | \`freebsd\` | · | ✓ 14.2 |
      | **Isolation** |  |  |
      | \`docker\` | ✓ 27.3.1 | · |
      | **Display** |  |  |
      | \`screenshot\` | ✓ 3.3a | · |
      | **Hardware** |  |  |
      | \`gpu\` | · | · |
      | \`zfs\` | · | ✓ |
      | **Runtime** |  |  |
      | \`python3.9\` | ✓ 3.9.2 | · |
      | \`python3.12\` | ✓ 3.12.7 | · |
      | \`node24\` | ✓ 24.1.0 | · |
      | **Other** |  |  |
      | \`x-lab\` | ✓ | · |

      ## debby

      - ✓ \`docker\`: the Docker daemon answers with version 27.3.1
      - ✓ \`linux\`: the kernel is Linux 6.12
      - ✓ \`node24\`: /usr/bin/node runs and is Node.js 24.1.0
      - ✓ \`python3.12\`: /usr/bin/python3.12 runs and is Python 3.12.7
      - ✓ \`python3.9\`: /opt/py\\_9/python3.9 runs and is Python 3.9.2
      - ✓ \`screenshot\`: a tmux pane was captured and drawn as a PNG of 900 bytes
      - · \`gpu\`: /dev/dri has no render node \\| nvidia-smi: no such \\<program\\> on PATH
      - · \`python3.6\`: /shims/python3.6 is there but does not run: exit code 127
      - ✓ \`x-lab\`: set by configuration

      ## osa

      - ✓ \`freebsd\`: the system is FreeBSD 14.2
      - · \`docker\`: docker: no such program on PATH
      - ✓ \`zfs\`: set by configuration

      "
    `);
  });

  it('gives the same text in whatever order hosts, tags and findings come [R2]', () => {
    const turned = [osa, debby].map((host) => ({
      ...host,
      capabilities: [...host.capabilities].reverse(),
      findings: [...host.findings].reverse(),
    }));
    expect(renderMatrixMarkdown(turned)).toBe(renderMatrixMarkdown([debby, osa]));
    expect(renderMatrixTable(turned, { color: false })).toBe(renderMatrixTable([debby, osa], { color: false }));
  });

  it('stays a table of one width whatever names and reasons hold [R2]', () => {
    const odd = {
      name: 'a|b',
      status: 'on`line',
      capabilities: ['t|ag'],
      findings: [found('t|ag', 'a|b\n|c|', '1|2')],
    };
    const table = renderMatrixMarkdown([odd, debby]).split('\n\n')[1] ?? '';
    const bars = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(bars)).toEqual(new Set([5]));
  });

  it('is a sentence when there is no host [R2]', () => {
    const markdown = renderMatrixMarkdown([]);
    expect(markdown).toMatch(/^# Host matrix\n\nNo host has registered yet\.\n\n<!-- .* -->\n$/);
    expect(readMatrix(markdown, 'x')).toEqual([]);
    expect(renderMatrixTable([], { color: true })).toBe('No host has registered yet.\n');
  });
});

describe('the host matrix on a terminal', () => {
  it('is aligned, without trailing blanks [R2]', () => {
    expect(renderMatrixTable([osa, debby], { color: false })).toMatchInlineSnapshot(`
      "              debby     osa
                    online    offline
      OS
        linux       ✓ 6.12    ·
        freebsd     ·         ✓ 14.2
      Isolation
        docker      ✓ 27.3.1  ·
      Display
        screenshot  ✓ 3.3a    ·
      Hardware
        gpu         ·         ·
        zfs         ·         ✓
      Runtime
        python3.9   ✓ 3.9.2   ·
        python3.12  ✓ 3.12.7  ·
        node24      ✓ 24.1.0  ·
      Other
        x-lab       ✓         ·
      "
    `);
  });

  it('differs in nothing but colour codes when it is coloured [R2]', () => {
    const coloured = renderMatrixTable([osa, debby], { color: true });
    expect(coloured).toContain('\x1b[32m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is taken out
    const plain = coloured.replace(/\x1b\[\d+m/g, '').replace(/ +$/gm, '');
    expect(plain).toBe(renderMatrixTable([osa, debby], { color: false }));
  });
});
