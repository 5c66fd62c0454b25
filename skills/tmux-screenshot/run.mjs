#!/usr/bin/env node
// Pictures a command's output, as a real tmux pane shows it, as a PNG. See SKILL.md beside this file.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `usage: run.mjs [--out FILE] [--columns N] [--rows N] [--title TEXT] [--wait SECONDS] [-- COMMAND ARG...]

  --out FILE      the picture (default ./screenshot.png)
  --columns N     width of the terminal in characters, 20-300 (default 92)
  --rows N        height in lines, 4-120 (default 24)
  --title TEXT    in the title bar (default the command)
  --wait SECONDS  picture what there is when the command runs longer, 0-600 (default 10)
  COMMAND         what to show (default a summary of this machine)`;

class UsageError extends Error {}

function readArguments() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: 'string', default: 'screenshot.png' },
        columns: { type: 'string', default: '92' },
        rows: { type: 'string', default: '24' },
        title: { type: 'string' },
        wait: { type: 'string', default: '10' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  const within = (name, least, most, pattern = /^\d+$/) => {
    const number = Number(values[name]);
    if (pattern.test(values[name]) && number >= least && number <= most) return number;
    throw new UsageError(`--${name}: expected a number from ${least} to ${most}, got "${values[name]}"`);
  };
  if (values.out === '') throw new UsageError('--out: expected a file name');
  return {
    help: values.help,
    out: resolve(values.out),
    columns: within('columns', 20, 300),
    rows: within('rows', 4, 120),
    waitMs: within('wait', 0, 600, /^\d+(\.\d+)?$/) * 1000,
    title: values.title,
    command: positionals,
  };
}

async function loadRasteriser() {
  try {
    return await import('../../dist/workers/screenshot/index.js');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      `Colibri is not built or not installed whole; run "npm run build" in its folder. (${error.message})`,
    );
  }
}

async function main() {
  const { help, out, command, title, ...size } = readArguments();
  if (help) return console.log(USAGE);
  const { takeScreenshot } = await loadRasteriser();
  const summary = [process.execPath, fileURLToPath(new URL('summary.mjs', import.meta.url))];
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => stop.abort());
  const { png, exitCode } = await takeScreenshot({
    ...size,
    command: command.length > 0 ? command : summary,
    title: title ?? (command.length > 0 ? command.join(' ') : (process.env.COLIBRI_HOST ?? 'tmux')),
    signal: stop.signal,
  });
  // Written beside and renamed, so that nobody ever reads half a picture.
  await mkdir(dirname(out), { recursive: true });
  await writeFile(`${out}.${process.pid}.part`, png.data);
  await rename(`${out}.${process.pid}.part`, out);
  const ending =
    exitCode === undefined ? ', command still running' : exitCode === 0 ? '' : `, command exited ${exitCode}`;
  console.log(`${out} ${png.width}x${png.height} ${png.data.length} bytes${ending}`);
}

main().catch((error) => {
  console.error(`tmux-screenshot: ${error.message}`);
  if (error instanceof UsageError) console.error(USAGE);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
