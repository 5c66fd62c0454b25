// Temporal's own downloads, fetched the way its SDK does: ask for the archive of a version, fetch it, take one file.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run, SetupError } from './run.mjs';

const DOWNLOAD_URL = 'https://temporal.download';
/** An unreachable site must not be mistaken for a slow one: nothing at all within this time and we go on without it. */
const FIRST_BYTE_MS = 10_000;
const STALL_MS = 30_000;

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const PLATFORMS = ['linux', 'darwin'];

/**
 * Fetches with a limit on the time to the first byte and on each pause after it.
 * @param {string} url
 * @param {number} firstByteMs
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ response: Response, alive: () => void, finished: () => void }>}
 */
async function get(url, firstByteMs, signal) {
  const aborter = new AbortController();
  const onAbort = () => aborter.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let timer = setTimeout(() => aborter.abort(new SetupError(`${new URL(url).host} did not answer`)), firstByteMs);
  const finished = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => aborter.abort(new SetupError(`${new URL(url).host} stopped sending`)), STALL_MS);
  };
  try {
    const response = await fetch(url, { signal: aborter.signal });
    if (!response.ok) throw new SetupError(`${url} answered ${response.status}`);
    alive();
    return { response, alive, finished };
  } catch (error) {
    finished();
    throw aborter.signal.aborted ? aborter.signal.reason : error;
  }
}

/** @param {unknown} error */
function sentence(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = /** @type {{ code?: string, message?: string } | undefined} */ (error.cause);
  return cause ? `${error.message} (${cause.code ?? cause.message})` : error.message;
}

/**
 * Fetches `artifact` at `version` and unpacks it.
 * @param {{ artifact: string, version: string, query?: Record<string, string>, intoDir: string,
 *   env?: NodeJS.ProcessEnv, firstByteMs?: number, signal?: AbortSignal, onProgress?: (detail: string) => void }} options
 * @returns {Promise<string>} the path of the unpacked program, below `intoDir`
 */
export async function downloadProgram(options) {
  const { artifact, version, query = {}, intoDir, env = process.env, firstByteMs = FIRST_BYTE_MS, signal } = options;
  const arch = ARCHITECTURES[/** @type {keyof typeof ARCHITECTURES} */ (process.arch)];
  if (!arch || !PLATFORMS.includes(process.platform)) {
    throw new SetupError(`nothing to download for ${process.platform} on ${process.arch}`);
  }
  try {
    const asked = new URLSearchParams({ arch, platform: process.platform, format: 'tar.gz', ...query });
    const base = (env.COLIBRI_TEMPORAL_DOWNLOAD_URL || DOWNLOAD_URL).replace(/\/+$/, '');
    const info = await get(`${base}/${artifact}/${version}?${asked}`, firstByteMs, signal);
    const { archiveUrl, fileToExtract } = await info.response.json().finally(info.finished);
    if (typeof archiveUrl !== 'string' || typeof fileToExtract !== 'string') {
      throw new SetupError(`${base} named no archive`);
    }
    const archive = join(intoDir, 'archive');
    await fetchTo(archiveUrl, archive, firstByteMs, signal, options.onProgress);
    const program = fileToExtract.replace(/^\.?\//, '');
    const unpacked = await run('tar', ['-xf', archive, '-C', intoDir, fileToExtract], { timeoutMs: 120_000, signal });
    if (!unpacked.ok) throw new SetupError('the archive is damaged');
    return join(intoDir, program);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new SetupError(sentence(error));
  }
}

/**
 * @param {string} url
 * @param {string} path
 * @param {number} firstByteMs
 * @param {AbortSignal | undefined} signal
 * @param {((detail: string) => void) | undefined} onProgress
 */
async function fetchTo(url, path, firstByteMs, signal, onProgress) {
  const { response, alive, finished } = await get(url, firstByteMs, signal);
  try {
    if (!response.body) throw new SetupError(`${url} sent nothing`);
    const total = Number(response.headers.get('content-length')) || 0;
    let received = 0;
    const body = Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body));
    body.on('data', (chunk) => {
      received += chunk.length;
      alive();
      const megabytes = (received / 1e6).toFixed(0);
      onProgress?.(total ? `${megabytes} of ${(total / 1e6).toFixed(0)} MB` : `${megabytes} MB`);
    });
    await pipeline(body, createWriteStream(path));
    if (total && received !== total && !response.headers.get('content-encoding')) {
      throw new SetupError(`${url} ended after ${received} of ${total} bytes`);
    }
  } finally {
    finished();
  }
}
