/** One measured figure. With a `floor` (the same thing done by bare Temporal in the same run) `ratio` is value / floor. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  floor?: number;
  ratio?: number;
  /** What the ratio or value is meant to stay within, as people read it: `<= 1.5`. */
  goal?: string;
  note?: string;
}

/** A figure beside its floor. */
export function beside(name: string, unit: string, value: number, floor: number, goal?: string): Figure {
  return {
    name,
    value: round(value),
    unit,
    floor: round(floor),
    ratio: round(value / floor),
    ...(goal === undefined ? {} : { goal }),
  };
}

export function figure(name: string, unit: string, value: number, more: Pick<Figure, 'goal' | 'note'> = {}): Figure {
  return { name, value: round(value), unit, ...more };
}

/** The value below which this share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
