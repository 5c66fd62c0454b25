import { indexedColour, rgb, type Theme } from './palette.ts';

/** The look of a cell. Colours are #rrggbb; undefined is the terminal's own. */
export interface Style {
  foreground?: string;
  background?: string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  inverse?: boolean;
  hidden?: boolean;
  struck?: boolean;
}

const SWITCHES: Record<number, Partial<Record<keyof Style, boolean>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  8: { hidden: true },
  9: { struck: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  28: { hidden: false },
  29: { struck: false },
};

/** The style after one SGR sequence; `parameters` is what stands between `ESC [` and `m`. */
export function applySgr(style: Style, parameters: string, theme: Theme): Style {
  let next: Style = { ...style };
  const fields = parameters.split(';');
  for (let at = 0; at < fields.length; at += 1) {
    const [head = 0, ...sub] = (fields[at] ?? '').split(':').map((part) => Number.parseInt(part, 10) || 0);
    if (head === 0) next = {};
    else if (head === 38 || head === 48 || head === 58) {
      const colon = sub.length > 0;
      const rest = colon ? colonColour(sub) : fields.slice(at + 1).map((part) => Number.parseInt(part, 10) || 0);
      const { colour, taken } = extendedColour(rest, theme);
      if (colour !== undefined && head !== 58) next[head === 38 ? 'foreground' : 'background'] = colour;
      if (!colon) at += taken;
    } else if (head === 4 && sub[0] === 0) next.underline = false;
    else if (head === 39) delete next.foreground;
    else if (head === 49) delete next.background;
    else if (head >= 30 && head <= 37) next.foreground = indexedColour(head - 30, theme);
    else if (head >= 40 && head <= 47) next.background = indexedColour(head - 40, theme);
    else if (head >= 90 && head <= 97) next.foreground = indexedColour(head - 82, theme);
    else if (head >= 100 && head <= 107) next.background = indexedColour(head - 92, theme);
    else Object.assign(next, SWITCHES[head]);
  }
  return next;
}

// With colons a colour space may stand between the 2 and the three parts: 38:2::r:g:b.
function colonColour(sub: number[]): number[] {
  return sub[0] === 2 && sub.length > 4 ? [2, ...sub.slice(2)] : sub;
}

function extendedColour(rest: number[], theme: Theme): { colour?: string; taken: number } {
  const [kind, a = 0, b = 0, c = 0] = rest;
  if (kind === 5) return { colour: indexedColour(Math.min(255, a), theme), taken: 2 };
  if (kind === 2) return { colour: rgb(a, b, c), taken: 4 };
  return { taken: 0 };
}
