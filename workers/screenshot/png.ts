import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export interface Png {
  data: Uint8Array;
  /** Pixels. */
  width: number;
  height: number;
}

// DejaVu Sans follows for signs that the monospaced cuts lack.
const FONTS = ['SansMono', 'SansMono-Bold', 'SansMono-Oblique', 'SansMono-BoldOblique', 'Sans'];

let loading: Promise<{ render: (svg: string) => Png }> | undefined;

/** Turns an SVG document into a PNG by WebAssembly: no native code, no fonts of the system, the same picture everywhere. */
export async function svgToPng(svg: string): Promise<Png> {
  loading ??= load();
  return (await loading).render(svg);
}

async function load(): Promise<{ render: (svg: string) => Png }> {
  const locate = createRequire(import.meta.url).resolve;
  const [{ initWasm, Resvg }, wasm, ...fontBuffers] = await Promise.all([
    import('@resvg/resvg-wasm'),
    readFile(locate('@resvg/resvg-wasm/index_bg.wasm')),
    ...FONTS.map((name) => readFile(locate(`dejavu-fonts-ttf/ttf/DejaVu${name}.ttf`))),
  ]);
  await initWasm(wasm);
  const font = { fontBuffers, defaultFontFamily: 'DejaVu Sans Mono', monospaceFamily: 'DejaVu Sans Mono' };
  const render = (svg: string): Png => {
    const document = new Resvg(svg, { font });
    const image = document.render();
    try {
      return { data: image.asPng(), width: image.width, height: image.height };
    } finally {
      image.free();
      document.free();
    }
  };
  return { render };
}

/** Size in pixels from a PNG's header, or undefined when `data` is no PNG. */
export function readPngSize(data: Uint8Array): { width: number; height: number } | undefined {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (view.length < 24 || view.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
}
