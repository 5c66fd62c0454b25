import { z } from 'zod';

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** A size: bytes as a number, or text such as `512 KiB`, `1 GB`. Parsed to bytes. */
export function byteSize(min: number, max = Number.MAX_SAFE_INTEGER) {
  return z
    .union([z.number(), z.string()], { error: 'give a size such as "512 KiB" or "1 GB"' })
    .transform((given, ctx) => {
      const match = /^(\d+(?:\.\d+)?)\s*([A-Z]*)$/.exec(String(given).trim().toUpperCase());
      const factor = BYTES_PER_UNIT[match?.[2] ?? '-'];
      if (!match || factor === undefined) {
        ctx.addIssue({ code: 'custom', message: 'give a size such as "512 KiB" or "1 GB"' });
        return z.NEVER;
      }
      const bytes = Math.round(Number(match[1]) * factor);
      if (bytes < min || bytes > max) {
        const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${formatBytes(max)}`;
        ctx.addIssue({ code: 'custom', message: `must be at least ${formatBytes(min)}${upTo}` });
        return z.NEVER;
      }
      return bytes;
    });
}

/** A size in bytes as people write it: `536870912` -> `512 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
