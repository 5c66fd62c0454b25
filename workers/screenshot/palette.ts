export interface Theme {
  background: string;
  foreground: string;
  titleBar: string;
  titleText: string;
  edge: string;
  backdrop: readonly [string, string];
  /** The sixteen named colours: eight plain, eight bright. */
  named: readonly string[];
}

export const darkTheme: Theme = {
  background: '#15181f',
  foreground: '#d5dae4',
  titleBar: '#20252f',
  titleText: '#98a2b5',
  edge: '#333b49',
  backdrop: ['#31456b', '#1d6f72'],
  named: [
    ['#2b313d', '#f0717a', '#8ccf7e', '#e6c074', '#6ea8fe', '#c58ff0', '#5fd0d6', '#c9d0dc'],
    ['#667085', '#ff929a', '#a9e39c', '#f6d692', '#93c0ff', '#dab0ff', '#88e6ea', '#ffffff'],
  ].flat(),
};

const CUBE_LEVELS = [0, 95, 135, 175, 215, 255];

/** The colour of index 0-255 of the terminal palette: 16 named, a 6x6x6 cube, 24 greys. */
export function indexedColour(index: number, theme: Theme): string {
  if (index < 16) return theme.named[index] ?? theme.foreground;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return rgb(grey, grey, grey);
  }
  const cube = index - 16;
  const level = (step: number) => CUBE_LEVELS[Math.floor(cube / step) % 6] ?? 0;
  return rgb(level(36), level(6), level(1));
}

export function rgb(red: number, green: number, blue: number): string {
  return `#${[red, green, blue].map((part) => Math.min(255, Math.max(0, part)).toString(16).padStart(2, '0')).join('')}`;
}

/** `share` of `over` laid on `under`; both as #rrggbb. */
export function blend(over: string, under: string, share: number): string {
  const part = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const mix = (at: number) => Math.round(part(over, at) * share + part(under, at) * (1 - share));
  return rgb(mix(1), mix(3), mix(5));
}
