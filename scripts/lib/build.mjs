// Compiles the sources and bundles the workflows into dist/, only when a source has changed, and replaces dist/ as a
// whole so that nobody ever reads half of it.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { silentProgress } from './progress.mjs';
import { run, SetupError } from './run.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = '.build.json';
const BUNDLE = 'workflow-bundle.js';
const BUNDLED = ['workflows', 'schemas'];

/** @param {string} root @returns {string[]} */
function sourceFolders(root) {
  return JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')).include;
}

/** @param {string} root @param {readonly string[]} folders */
function hashOf(root, folders) {
  const hash = createHash('sha256');
  const files = folders.flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  });
  const settings = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    'scripts/bundle-workflows.mjs',
    'scripts/lib/build.mjs',
  ];
  for (const file of [...files.sort(), ...settings.map((name) => join(root, name))]) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

/** @param {string} root @returns {{ sources?: string, bundle?: string }} */
function stampOf(root) {
  try {
    return JSON.parse(readFileSync(join(root, 'dist', STAMP), 'utf8'));
  } catch {
    return {};
  }
}

/** Whether dist/ is missing or older than the sources. @param {string} [root] */
export function isStale(root = ROOT) {
  return stampOf(root).sources !== hashOf(root, sourceFolders(root));
}

/** The first complaints of a compiler, as one line. @param {string} output */
function complaint(output) {
  const lines = output.split('\n').filter((line) => /error|Error/.test(line));
  return `${(lines.length ? lines : output.trim().split('\n')).slice(0, 3).join(' | ').slice(0, 600)}`;
}

/** @param {string} root @param {string} work @param {boolean} check @param {AbortSignal | undefined} signal */
async function compile(root, work, check, signal) {
  const args = ['-p', 'tsconfig.build.json', '--outDir', join(work, 'dist'), ...(check ? [] : ['--noCheck'])];
  const { ok, output } = await run(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: root, signal });
  if (!ok) throw new SetupError(`the sources do not compile: ${complaint(output)}`);
}

/** @param {string} root @param {string} work @param {AbortSignal | undefined} signal */
async function bundle(root, work, signal) {
  const entry = join(work, 'dist', 'workflows', 'index.js');
  if (!existsSync(entry)) return;
  const script = join(root, 'scripts', 'bundle-workflows.mjs');
  const { ok, output } = await run(process.execPath, [script, entry, join(work, 'dist', BUNDLE)], {
    cwd: root,
    signal,
  });
  if (!ok) throw new SetupError(`the workflows cannot be bundled: ${complaint(output)}`);
}

/**
 * @param {{ root?: string, check?: boolean, progress?: import('./progress.mjs').Progress, signal?: AbortSignal }} [options]
 * `check` reports type errors as well; without it the sources are only translated.
 */
export async function build({ root = ROOT, check = false, progress = silentProgress, signal } = {}) {
  const own = join(root, '.colibri');
  await withLock(
    join(own, 'build.lock'),
    async () => {
      const sources = hashOf(root, sourceFolders(root));
      const bundled = hashOf(root, BUNDLED);
      const old = stampOf(root);
      if (old.sources === sources && !check) return;
      for (const name of readdirSync(own)) if (name.startsWith('build-')) rmSync(join(own, name), { recursive: true });
      const work = mkdtempSync(join(own, 'build-'));
      try {
        await progress.step('Compiling', async () => {
          await compile(root, work, check, signal);
          if (old.bundle === bundled && existsSync(join(root, 'dist', BUNDLE))) {
            cpSync(join(root, 'dist', BUNDLE), join(work, 'dist', BUNDLE));
          } else {
            await bundle(root, work, signal);
          }
        });
        mkdirSync(join(work, 'dist'), { recursive: true });
        writeFileSync(join(work, 'dist', STAMP), JSON.stringify({ sources, bundle: bundled }));
        if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), join(work, 'old'));
        renameSync(join(work, 'dist'), join(root, 'dist'));
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    },
    { signal, onWait: (pid) => progress.note(`waiting for another build${pid ? ` (process ${pid})` : ''} to finish`) },
  );
}

/**
 * Builds when dist/ is out of date.
 * @param {{ tolerateBroken?: boolean, root?: string, progress?: import('./progress.mjs').Progress, signal?: AbortSignal }} [options]
 * With `tolerateBroken` a former build stays in use, with a warning, while a source is broken.
 */
export async function buildIfStale({ tolerateBroken = false, root = ROOT, ...rest } = {}) {
  if (!isStale(root)) return;
  try {
    await build({ root, ...rest });
  } catch (error) {
    if (!tolerateBroken || !existsSync(join(root, 'dist', STAMP))) throw error;
    process.stderr.write(`  dist/ is older than the sources: ${/** @type {Error} */ (error).message}\n`);
  }
}
