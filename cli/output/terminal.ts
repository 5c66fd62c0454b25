import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

/** What may be assumed of the terminal that a stream leads to. */
export interface Terminal {
  paint: Paint;
  color: boolean;
  columns: number;
}

const DEFAULT_COLUMNS = 80;

/** Colour only on a terminal, and never with NO_COLOR; 80 columns where the width is not known. */
export function terminalOf(
  stream: { isTTY?: boolean; columns?: number } = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Terminal {
  const color = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const columns = stream.columns || Number(env.COLUMNS) || DEFAULT_COLUMNS;
  return { paint: pc.createColors(color), color, columns };
}
