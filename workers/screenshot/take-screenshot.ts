import type { Png } from './png.ts';
import { renderTerminal } from './render-terminal.ts';
import { ScreenshotError } from './screenshot-error.ts';
import { openTmuxPane } from './tmux-server.ts';

export interface ScreenshotOptions {
  /** Program and arguments; a single string with blanks in it is a shell line. */
  command: readonly string[];
  /** Default 100. */
  columns?: number;
  /** Default 30. */
  rows?: number;
  /** In the title bar; default the command. */
  title?: string;
  /** How long the command may take; then the picture shows what there is so far. Default 10 s. */
  waitMs?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

export interface Screenshot {
  png: Png;
  /** What was captured, with colours as SGR sequences. */
  text: string;
  /** Of the command; undefined when it was still running. */
  exitCode: number | undefined;
}

/**
 * Runs a command in a pane of a real tmux server of its own and pictures the pane as a PNG. Leaves no process and no file.
 * @throws {ScreenshotError} when tmux is missing or does not do its part, or `signal` aborts.
 */
export async function takeScreenshot(options: ScreenshotOptions): Promise<Screenshot> {
  try {
    return await take(options);
  } catch (error) {
    // Which step it was in when it was stopped says nothing to anyone.
    if (options.signal?.aborted) throw new ScreenshotError('stopped before the picture was taken');
    throw error;
  }
}

async function take(options: ScreenshotOptions): Promise<Screenshot> {
  const { command, columns = 100, rows = 30, title = command.join(' '), waitMs = 10_000, signal } = options;
  const pane = await openTmuxPane({
    command: command.length === 1 && /\s/.test(command[0] ?? '') ? ['sh', '-c', ...command] : command,
    columns,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? process.env,
    ...(signal ? { signal } : {}),
  });
  let exitCode: number | undefined;
  let text: string;
  try {
    exitCode = await pane.ended(waitMs);
    text = await pane.capture();
  } finally {
    await pane.close();
  }
  return { png: await renderTerminal({ text, columns, rows, title }, signal), text, exitCode };
}
