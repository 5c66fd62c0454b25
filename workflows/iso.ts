/** A time as records and views have it: ISO 8601. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
