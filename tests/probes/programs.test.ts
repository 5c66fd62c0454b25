import { describe, expect, it } from 'vitest';
import { runProbes } from '../../workers/probes/index.ts';
import { fakeMachine } from './fake-programs.ts';

/** What one probe says on a machine with these programs: [tag, found, version or reason]. */
async function probe(name: string, programs: Record<string, string>) {
  const { env, folder } = fakeMachine(programs);
  const { findings } = await runProbes({ only: [name], env });
  return findings.map(({ tag, found, version, how }) => [tag, found, found ? version : how.replaceAll(folder, '')]);
}

const pillowless =
  'echo "Traceback (most recent call last):" >&2; echo "ModuleNotFoundError: No module named \'PIL\'" >&2; exit 1';

describe('docker', () => {
  it('is found when the daemon answers [R2]', async () => {
    expect(await probe('docker', { docker: 'echo 27.3.1' })).toEqual([['docker', true, '27.3.1']]);
  });

  it('is not found when the program is there and the daemon is not [R2]', async () => {
    const noDaemon = 'echo; echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1';
    const why =
      'the Docker daemon does not answer: docker exited 1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.';
    expect(await probe('docker', { docker: noDaemon })).toEqual([['docker', false, why]]);
  });

  it('is not found when the client exits well but tells no version of a server [R2]', async () => {
    expect(await probe('docker', { docker: 'echo "<no value>"' })).toEqual([['docker', false, expect.any(String)]]);
  });
});

describe('pillow', () => {
  it('is found when python3 imports it [R2]', async () => {
    expect(await probe('pillow', { python3: 'echo 11.0.0' })).toEqual([['pillow', true, '11.0.0']]);
  });

  it('is not found when the import fails, and the last line of the traceback says why [R2]', async () => {
    const why = "/python3 does not import PIL: python exited 1: ModuleNotFoundError: No module named 'PIL'";
    expect(await probe('pillow', { python3: pillowless })).toEqual([['pillow', false, why]]);
  });

  it('counts in another Python only where there is no python3 that a task would call [R2]', async () => {
    expect(await probe('pillow', { python3: pillowless, 'python3.11': 'echo 11.0.0' })).toEqual([
      ['pillow', false, expect.any(String)],
    ]);
    expect(await probe('pillow', { 'python3.10': pillowless, 'python3.11': 'echo 11.0.0' })).toEqual([
      ['pillow', true, '11.0.0'],
    ]);
  });
});

describe('python3.N', () => {
  it('is found for every version that runs, whatever the file is called [R1]', async () => {
    const found = await probe('python', {
      python3: 'echo 3.13.1',
      'b/python3.12': 'echo 3.12.7',
      'b/python': 'echo 3.9.2',
    });
    expect(found.sort()).toEqual([
      ['python3.12', true, '3.12.7'],
      ['python3.13', true, '3.13.1'],
      ['python3.9', true, '3.9.2'],
    ]);
  });

  it('is not found for a shim of a version that is not installed [R2]', async () => {
    expect(await probe('python', { 'python3.12': 'exit 127', 'python3.12-config': 'echo 3.12.1' })).toEqual([
      ['python3.12', false, '/python3.12 is there but does not run: exit code 127'],
    ]);
  });

  it('is found further along PATH when the first of that name does not run [R2]', async () => {
    const machine = { 'a/python3.12': 'exit 127', 'b/python3.12': 'echo 3.12.7' };
    expect(await probe('python', machine)).toEqual([['python3.12', true, '3.12.7']]);
  });

  it('is not found for a Python 2 that answers to the name of python [R2]', async () => {
    expect(await probe('python', { python: 'echo 2.7.18' })).toEqual([
      ['python3.12', false, 'no Python 3.12 is on PATH'],
    ]);
  });
});

describe('nodeN', () => {
  it('is found for every major version on PATH that runs [R1]', async () => {
    const machine = {
      node: 'echo 24.1.0',
      'b/node': 'echo 20.20.2',
      'b/node22': 'echo 22.9.0',
      'b/nodemon': 'echo 9.9.9',
    };
    const found = await probe('node', machine);
    expect(found.sort()).toEqual([
      ['node20', true, '20.20.2'],
      ['node22', true, '22.9.0'],
      ['node24', true, '24.1.0'],
    ]);
  });

  it('is not found for one that crashes [R2]', async () => {
    expect(await probe('node', { node24: 'kill -SEGV $$' })).toEqual([['node24', false, 'no Node.js 24 on PATH runs']]);
  });
});

describe('compilers', () => {
  const cargo = 'echo "cargo 1.95.0"';

  it('finds rust when rustc builds a program and cargo runs [R2]', async () => {
    expect(await probe('rust', { rustc: 'echo "rustc 1.95.0 (abc 2026-04-14)"', cargo })).toEqual([
      ['rust', true, '1.95.0'],
    ]);
  });

  it('does not find rust without a linker, without cargo, or with an empty rustup [R2]', async () => {
    const linkerless =
      'case "$1" in --version) echo "rustc 1.95.0";; *) echo "error: linker cc not found" >&2; exit 1;; esac';
    const why = 'rustc runs, but does not build a program: rustc exited 1: error: linker cc not found';
    expect(await probe('rust', { rustc: linkerless, cargo })).toEqual([['rust', false, why]]);
    expect(await probe('rust', { rustc: 'echo "rustc 1.95.0"' })).toMatchObject([
      ['rust', false, expect.stringContaining('cargo')],
    ]);
    expect(await probe('rust', { rustc: 'echo "no default toolchain" >&2; exit 1', cargo })).toEqual([
      ['rust', false, expect.any(String)],
    ]);
  });

  const go = (root: string, compiler = 'exit 0') =>
    `case "$1" in version) echo "go version go1.26.8 linux/amd64";; env) echo ${root};; tool) ${compiler};; esac`;

  it('finds go when it and its compiler run and GOROOT is a folder [R2]', async () => {
    expect(await probe('go', { go: go('/') })).toEqual([['go', true, '1.26.8']]);
    expect(await probe('go', { go: go('/nowhere/at/all') })).toMatchObject([
      ['go', false, expect.stringContaining('GOROOT')],
    ]);
    expect(await probe('go', { go: go('/', 'exit 2') })).toMatchObject([
      ['go', false, expect.stringContaining('compiler')],
    ]);
  });
});

describe('ffmpeg', () => {
  it('is found when it encodes a frame, not when it only tells its version [R2]', async () => {
    const version = 'case "$1" in -version) echo "ffmpeg version 7.1-static Copyright";;';
    expect(await probe('ffmpeg', { ffmpeg: `${version} esac` })).toEqual([['ffmpeg', true, '7.1-static']]);
    const broken = `${version} *) echo "Unknown encoder 'mpeg4'" >&2; exit 1;; esac`;
    const why = "no frame was encoded: ffmpeg exited 1: Unknown encoder 'mpeg4'";
    expect(await probe('ffmpeg', { ffmpeg: broken })).toEqual([['ffmpeg', false, why]]);
  });
});

describe('agent runtimes', () => {
  it.each([
    ['claude', 'echo "2.1.240 (Claude Code)"', '2.1.240'],
    ['codex', 'echo "codex-cli 0.149.0"', '0.149.0'],
    ['gemini', 'echo 0.41.2', '0.41.2'],
    ['opencode', 'echo 1.18.21', '1.18.21'],
    ['pi', 'case "$1" in --help) echo "pi - AI coding assistant";; *) echo 0.70.2;; esac', '0.70.2'],
  ])('finds %s when its command line runs and prints a version [R1]', async (tag, body, version) => {
    expect(await probe(tag, { [tag]: body })).toEqual([[tag, true, version]]);
  });

  it.each([
    ['claude', 'echo 1.0.0'],
    ['pi', 'echo 3.14.159'],
    ['opencode', 'echo hello'],
  ])('does not take another program called %s for it [R2]', async (tag, body) => {
    expect(await probe(tag, { [tag]: body })).toMatchObject([[tag, false, expect.stringContaining('but it is not')]]);
  });

  it('does not find one whose program is broken [R2]', async () => {
    const why = 'gemini exited 1: SyntaxError: Invalid regular expression flags';
    expect(
      await probe('gemini', { gemini: 'echo "SyntaxError: Invalid regular expression flags" >&2; exit 1' }),
    ).toEqual([['gemini', false, why]]);
  });
});
