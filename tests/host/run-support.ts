import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { OutputPipes } from '../../workers/host/output-pipes.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../../workers/host/run-process.ts';
import type { Hold } from '../../workers/leash/client.ts';
import { tempDir } from '../leash/support.ts';

export const ENV = { PATH: String(process.env.PATH) };

export interface Run {
  result: Promise<ProcessResult>;
  output(): string;
  cancel(): void;
}

function outputPipes(): OutputPipes {
  const pipes = new OutputPipes(join(tempDir(), 'pipes'));
  onTestFinished(() => pipes.close());
  return pipes;
}

/** Runs a program, cleared to start unless said otherwise; its standard error stands in brackets in the output. */
export function run(hold: Hold, command: string[], options: Partial<ProcessOptions> = {}): Run {
  const controller = new AbortController();
  let output = '';
  const result = runProcess({
    command,
    cwd: '/',
    env: ENV,
    hold,
    pipes: outputPipes(),
    cleared: Promise.resolve(),
    graceMs: 5_000,
    onOutput(stream, chunk) {
      output += stream === 'stderr' ? `[${chunk}]` : String(chunk);
    },
    signal: controller.signal,
    ...options,
  });
  return { result, output: () => output, cancel: () => controller.abort() };
}
