/** A time as the server's messages have it; `seconds` may be a Long. */
export interface Timestamp {
  seconds?: unknown;
  nanos?: number | null;
}

/** In milliseconds since the epoch, with their fractions. */
export function epochMsOf({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1_000 + Number(nanos ?? 0) / 1e6;
}

/** As ISO 8601. */
export function isoOf(timestamp: Timestamp): string {
  return new Date(epochMsOf(timestamp)).toISOString();
}
