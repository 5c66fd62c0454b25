/** Sizes of a picture in device pixels; everything is drawn at twice the size of a plain screen, so it stays crisp. */
export const layout = {
  cellWidth: 18,
  cellHeight: 38,
  baseline: 29,
  /** DejaVu Sans Mono advances 1233 of 2048 units: at this size exactly one cell. */
  fontSize: (18 * 2048) / 1233,
  padding: 26,
  titleBar: 68,
  margin: 52,
  radius: 20,
} as const;

/** Width and height of the picture of a terminal, in pixels. */
export function pictureSize(columns: number, rows: number): { width: number; height: number } {
  const { cellWidth, cellHeight, padding, margin, titleBar } = layout;
  return {
    width: columns * cellWidth + 2 * (padding + margin),
    height: rows * cellHeight + 2 * (padding + margin) + titleBar,
  };
}
