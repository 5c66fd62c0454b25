import { type CellBox, rect } from './box-drawing.ts';

// Quadrants of U+2596 to U+259F: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUADRANTS = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

/** Block elements (bars, shades, quadrants) as SVG shapes on whole pixels, or undefined for any other character. */
export function blockElement(char: string, box: CellBox, colour: string): string | undefined {
  const code = char.codePointAt(0) ?? 0;
  if (char.length !== 1 || code < 0x2580 || code > 0x259f) return undefined;
  const { x, y, width, height } = box;
  const part = (left: number, top: number, right: number, bottom: number) => {
    const [x0, y0] = [x + Math.round(width * left), y + Math.round(height * top)];
    const [x1, y1] = [x + Math.round(width * right), y + Math.round(height * bottom)];
    return rect(x0, y0, x1 - x0, y1 - y0, colour);
  };
  if (code === 0x2580) return part(0, 0, 1, 0.5);
  if (code <= 0x2588) return part(0, 1 - (code - 0x2580) / 8, 1, 1);
  if (code <= 0x258f) return part(0, 0, (0x2590 - code) / 8, 1);
  if (code === 0x2590) return part(0.5, 0, 1, 1);
  if (code <= 0x2593) return `<g opacity="${(code - 0x2590) / 4}">${part(0, 0, 1, 1)}</g>`;
  if (code === 0x2594) return part(0, 0, 1, 1 / 8);
  if (code === 0x2595) return part(7 / 8, 0, 1, 1);
  const mask = QUADRANTS[code - 0x2596] ?? 0;
  const quadrant = (bit: number, left: number, top: number) =>
    mask & bit ? part(left, top, left + 0.5, top + 0.5) : '';
  return quadrant(1, 0, 0) + quadrant(2, 0.5, 0) + quadrant(4, 0, 0.5) + quadrant(8, 0.5, 0.5);
}
