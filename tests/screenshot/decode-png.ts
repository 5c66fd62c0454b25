import { inflateSync } from 'node:zlib';

export interface Picture {
  width: number;
  height: number;
  /** Colour of a pixel as #rrggbb. */
  at(x: number, y: number): string;
  colours: Set<string>;
}

/** Decodes an eight-bit RGBA PNG by the book, with no help from what made it. */
export function decodePng(data: Uint8Array): Picture {
  const file = Buffer.from(data);
  if (file.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG');
  let [width, height, kind] = [0, 0, ''];
  const packed: Buffer[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') [width, height, kind] = [body.readUInt32BE(0), body.readUInt32BE(4), `${body[8]}/${body[9]}`];
    if (type === 'IDAT') packed.push(body);
    at += 12 + length;
  }
  if (kind !== '8/6') throw new Error(`expected eight-bit RGBA, got ${kind}`);
  const pixels = unfilter(inflateSync(Buffer.concat(packed)), width * 4, height);
  const at = (x: number, y: number) => `#${pixels.toString('hex', (y * width + x) * 4, (y * width + x) * 4 + 3)}`;
  const colours = new Set<string>();
  for (let pixel = 0; pixel < width * height; pixel += 1) colours.add(at(pixel % width, Math.floor(pixel / width)));
  return { width, height, at, colours };
}

function unfilter(raw: Buffer, stride: number, rows: number): Buffer {
  const out = Buffer.alloc(stride * rows);
  for (let row = 0; row < rows; row += 1) {
    const filter = raw[row * (stride + 1)];
    for (let column = 0; column < stride; column += 1) {
      const here = row * stride + column;
      const left = column >= 4 ? (out[here - 4] ?? 0) : 0;
      const up = row > 0 ? (out[here - stride] ?? 0) : 0;
      const corner = column >= 4 && row > 0 ? (out[here - stride - 4] ?? 0) : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      out[here] = ((raw[row * (stride + 1) + 1 + column] ?? 0) + predicted) & 255;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
