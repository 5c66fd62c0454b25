export { type Png, readPngSize, svgToPng } from './png.ts';
export { renderTerminal, type TerminalText } from './render-terminal.ts';
export { ScreenshotError } from './screenshot-error.ts';
export { type Screenshot, type ScreenshotOptions, takeScreenshot } from './take-screenshot.ts';
