const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** How long ago, in the largest unit that fits: `12s ago`, `3h ago`. Clocks that disagree by a second do not show. */
export function ago(at: string | number, nowMs: number): string {
  const passed = nowMs - new Date(at).getTime();
  if (Math.abs(passed) < 1_000) return 'just now';
  return passed > 0 ? `${largestUnit(passed)} ago` : `in ${largestUnit(-passed)}`;
}

/** How long it has lasted, in the largest unit that fits: `12s`, `3h`. */
export function lasted(since: string | number, nowMs: number): string {
  return largestUnit(Math.max(0, nowMs - new Date(since).getTime()));
}

function largestUnit(millis: number): string {
  const [unit, size] = UNITS.find(([, ms]) => millis >= ms) ?? ['s', 1_000];
  return `${Math.floor(millis / size)}${unit}`;
}

/** Local date and time, to the second: `2025-11-21 10:47:03`. */
export function localTime(at: string | number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockTime(at)}`;
}

/** Local time of day: `10:47:03`. */
export function clockTime(at: string | number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((value) => String(value).padStart(2, '0'))
    .join(':');
}

/** Both: `2025-11-21 10:47:03 (3h ago)`. */
export function timeAndAgo(at: string | number, nowMs: number): string {
  return `${localTime(at)} (${ago(at, nowMs)})`;
}
