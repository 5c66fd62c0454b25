import type { ExecResult } from './exec.ts';
import type { Finding } from './probe.ts';

export function found(tag: string, how: string, version?: string): Finding {
  return { tag, found: true, how, ...(version === undefined ? {} : { version }) };
}

export function missing(tag: string, how: string): Finding {
  return { tag, found: false, how };
}

/** Why a program did not do as hoped, in part of a sentence: its own last words where it has any. */
export function complaint(program: string, { failure, stderr, stdout, code }: ExecResult): string {
  if (failure !== undefined) return failure;
  const words = lastLine(stderr) || lastLine(stdout);
  return `${program} exited ${code}${words ? `: ${words}` : ' without a word'}`;
}

export function lastLine(text: string): string {
  return clip(text.trim().split('\n').at(-1) ?? '');
}

export function firstLine(text: string): string {
  return clip(text.trim().split('\n')[0] ?? '');
}

function clip(line: string): string {
  const clean = line.replace(/\p{Cc}/gu, ' ').trim();
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}
