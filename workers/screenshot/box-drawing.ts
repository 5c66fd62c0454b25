/** The rectangle of one character cell, in device pixels. */
export interface CellBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

// Arms of U+2500 to U+257F as up, right, down, left: 0 none, 1 light, 2 heavy, 3 double (from the characters' names).
const ARMS = [
  '0101 0202 1010 2020 0101 0202 1010 2020 0101 0202 1010 2020 0110 0210 0120 0220',
  '0011 0012 0021 0022 1100 1200 2100 2200 1001 1002 2001 2002 1110 1210 2110 1120',
  '2120 2210 1220 2220 1011 1012 2011 1021 2021 2012 1022 2022 0111 0112 0211 0212',
  '0121 0122 0221 0222 1101 1102 1201 1202 2101 2102 2201 2202 1111 1112 1211 1212',
  '2111 1121 2121 2112 2211 1122 1221 2212 1222 2122 2221 2222 0101 0202 1010 2020',
  '0303 3030 0310 0130 0330 0013 0031 0033 1300 3100 3300 1003 3001 3003 1310 3130',
  '3330 1013 3031 3033 0313 0131 0333 1303 3101 3303 1313 3131 3333 0110 0011 1001',
  '1100 0000 0000 0000 0001 1000 0100 0010 0002 2000 0200 0020 0201 1020 0102 2010',
]
  .join(' ')
  .split(' ');

const DOUBLE = 3;
const THICKNESS = [0, 2, 4, 2];
/** Distance of each line of a double from the middle, in device pixels. */
const SPREAD = 3;

/**
 * Box-drawing characters as SVG shapes, or undefined for any other character. Fonts draw them to their own line height,
 * which leaves gaps or overlaps in ours; drawn here, neighbours meet on whole pixels.
 */
export function boxDrawing(char: string, box: CellBox, colour: string): string | undefined {
  const code = char.codePointAt(0) ?? 0;
  if (char.length !== 1 || code < 0x2500 || code > 0x257f) return undefined;
  if (code >= 0x256d && code <= 0x2570) return arc(code - 0x256d, box, colour);
  if (code >= 0x2571 && code <= 0x2573) return diagonals(code - 0x2570, box, colour);
  const arms = [...(ARMS[code - 0x2500] ?? '')].map(Number);
  return [0, 1, 2, 3].map((direction) => arm(arms, direction, dashes(code), box, colour)).join('');
}

function dashes(code: number): number {
  if (code >= 0x2504 && code <= 0x2507) return 3;
  if (code >= 0x2508 && code <= 0x250b) return 4;
  return code >= 0x254c && code <= 0x254f ? 2 : 1;
}

function arm(arms: number[], direction: number, dashCount: number, box: CellBox, colour: string): string {
  const weight = arms[direction] ?? 0;
  if (weight === 0) return '';
  const offsets = weight === DOUBLE ? [-SPREAD, SPREAD] : [0];
  return offsets
    .map((offset) => {
      const start = armStart(arms, direction, weight, offset);
      return stroke(direction, offset, start, THICKNESS[weight] ?? 0, dashCount, box, colour);
    })
    .join('');
}

/** Where a line begins, as pixels outward from the middle of the cell: negative reaches across it to close a corner. */
function armStart(arms: number[], direction: number, weight: number, offset: number): number {
  // Sides seen with y downward: for a horizontal arm -offset is above (up), for a vertical one it is left.
  const horizontal = direction % 2 === 1;
  const [before, after] = horizontal ? [arms[0], arms[2]] : [arms[3], arms[1]];
  const opposite = arms[(direction + 2) % 4] ?? 0;
  const half = (side: number | undefined) => (THICKNESS[side ?? 0] ?? 0) / 2;
  if (weight === DOUBLE) {
    const [same, other] = offset < 0 ? [before, after] : [after, before];
    if (same === DOUBLE) return SPREAD - 1;
    if (opposite !== 0 || same !== 0) return 0;
    return other === DOUBLE ? -SPREAD - 1 : -half(other);
  }
  if (before === DOUBLE || after === DOUBLE) {
    if (opposite !== 0) return 0;
    return before !== 0 && after !== 0 ? SPREAD - 1 : -SPREAD - 1;
  }
  return -Math.max(half(before), half(after));
}

function stroke(
  direction: number,
  offset: number,
  start: number,
  thickness: number,
  dashCount: number,
  box: CellBox,
  colour: string,
): string {
  const horizontal = direction % 2 === 1;
  const length = (horizontal ? box.width : box.height) / 2;
  const outward = direction === 1 || direction === 2 ? 1 : -1;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const across = offset - thickness / 2;
  // A dashed line has dashCount dashes over the whole cell; half of them (or one and a half) fall to each arm.
  const pitch = dashCount === 1 ? length - start : (2 * length) / dashCount;
  const gap = dashCount === 1 ? 0 : Math.max(2, Math.round(pitch / 3));
  let shapes = '';
  for (let from = dashCount % 2 === 1 && dashCount > 1 ? -pitch / 2 : start; from < length - 0.01; from += pitch) {
    const a = Math.max(start, from + gap / 2);
    const b = Math.min(length, from + pitch - gap / 2);
    const near = outward === 1 ? a : -b;
    shapes += horizontal
      ? rect(middle.x + near, middle.y + across, b - a, thickness, colour)
      : rect(middle.x + across, middle.y + near, thickness, b - a, colour);
  }
  return shapes;
}

function arc(kind: number, box: CellBox, colour: string): string {
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const down = kind < 2;
  const right = kind === 0 || kind === 3;
  const radius = box.width / 2;
  const edgeY = down ? box.y + box.height : box.y;
  const edgeX = right ? box.x + box.width : box.x;
  const turnY = cy + (down ? radius : -radius);
  return `<path d="M${cx} ${edgeY}V${turnY}Q${cx} ${cy} ${edgeX} ${cy}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function diagonals(kinds: number, box: CellBox, colour: string): string {
  const [left, right, top, bottom] = [box.x, box.x + box.width, box.y, box.y + box.height];
  const rising = kinds & 1 ? `M${left} ${bottom}L${right} ${top}` : '';
  const falling = kinds & 2 ? `M${left} ${top}L${right} ${bottom}` : '';
  return `<path d="${rising}${falling}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

export function rect(x: number, y: number, width: number, height: number, colour: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}" shape-rendering="crispEdges"/>`;
}
