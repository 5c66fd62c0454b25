import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { ScreenshotError } from './screenshot-error.ts';

export interface Png {
  data: Uint8Array;
  /** Pixels. */
  width: number;
  height: number;
}

const MAX_PNG_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

// DejaVu Sans follows for signs that the monospaced cuts lack.
const FONTS = ['SansMono', 'SansMono-Bold', 'SansMono-Oblique', 'SansMono-BoldOblique', 'Sans'];

// Source text, so that the same lines run from TypeScript sources under test and from the built package.
const PROGRAM = `
const { readFileSync } = require('node:fs');
const [rasteriser, wasm, ...fonts] = process.argv.slice(1);
const { initWasm, Resvg } = require(rasteriser);
initWasm(readFileSync(wasm)).then(() => {
  const family = 'DejaVu Sans Mono';
  const fontBuffers = fonts.map((file) => readFileSync(file));
  const font = { fontBuffers, defaultFontFamily: family, monospaceFamily: family };
  process.stdout.write(new Resvg(readFileSync(0, 'utf8'), { font }).render().asPng());
});
`;

/**
 * Turns an SVG document into a PNG by WebAssembly: no native code, no fonts of the system, the same picture everywhere.
 * A process of its own does it: in the caller's it would hold up heartbeats for up to a second, and the memory never comes
 * back (a host worker of 48 MB grew to 159 MB in two rounds of probes; with a thread for each picture to 209 MB in four).
 * @throws {ScreenshotError} when the document is not valid.
 */
export function svgToPng(svg: string, signal?: AbortSignal): Promise<Png> {
  const { resolve: locate } = createRequire(import.meta.url);
  const fonts = FONTS.map((name) => locate(`dejavu-fonts-ttf/ttf/DejaVu${name}.ttf`));
  const files = [locate('@resvg/resvg-wasm'), locate('@resvg/resvg-wasm/index_bg.wasm'), ...fonts];
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['-e', PROGRAM, '--', ...files],
      {
        encoding: 'buffer',
        maxBuffer: MAX_PNG_BYTES,
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        env: {},
        ...(signal ? { signal } : {}),
      },
      (error, data, stderr) => {
        const size = readPngSize(data);
        if (!error && size) return resolve({ data, ...size });
        const words = stderr.toString().match(/^.*error.*$/im)?.[0] ?? error?.message ?? 'it wrote no PNG';
        reject(new ScreenshotError(`the rasteriser failed: ${words}`));
      },
    );
    // It may end before it has read all: its exit tells why, not this pipe.
    child.stdin?.on('error', () => {});
    child.stdin?.end(svg);
  });
}

/** Size in pixels from a PNG's header, or undefined when `data` is no PNG. */
export function readPngSize(data: Uint8Array): { width: number; height: number } | undefined {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (view.length < 24 || view.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
}
