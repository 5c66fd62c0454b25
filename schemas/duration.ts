import ms, { type StringValue } from 'ms';
import { z } from 'zod';

/** A length of time: milliseconds as a number, or text such as `30s`, `5m`, `2h`. Parsed to milliseconds. */
export function duration(bounds: { minMs?: number; maxMs?: number } = {}) {
  const { minMs = 1, maxMs = 366 * 24 * 3_600_000 } = bounds;
  return z
    .union([z.number(), z.string()], { error: 'give a duration such as "30s", "5m" or a number of milliseconds' })
    .transform((value, ctx) => {
      const millis = typeof value === 'number' ? value : parseDuration(value);
      if (millis === undefined || !Number.isFinite(millis)) {
        ctx.addIssue({ code: 'custom', message: `"${value}" is no duration: write it like "30s", "5m" or "2h"` });
        return z.NEVER;
      }
      if (millis < minMs || millis > maxMs) {
        ctx.addIssue({ code: 'custom', message: `must be between ${ms(minMs)} and ${ms(maxMs)}` });
        return z.NEVER;
      }
      return Math.round(millis);
    });
}

function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d+(\.\d+)?\s*(ms|s|m|h|d|w)?$/.test(trimmed)) return undefined;
  return ms(trimmed as StringValue);
}

/** A duration as people write it: `1500` -> `1.5s`, `7200000` -> `2h`. */
export function formatDuration(millis: number): string {
  if (millis < 1000) return `${Math.round(millis)}ms`;
  const seconds = millis / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))}s`;
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ];
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join('');
}
