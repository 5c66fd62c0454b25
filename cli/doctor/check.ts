import type { DoctorJson } from '../json-shapes.ts';

/** One thing that was looked at. `fix`: the command that mends it, or what to do. */
export type Check = DoctorJson['checks'][number];

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, fix: null };
}

/** Needed only for a part of what Colibri does, or not as it should be. */
export function warning(name: string, detail: string, fix: string): Check {
  return { name, status: 'warning', detail, fix };
}

/** Nothing works without it. */
export function missing(name: string, detail: string, fix: string): Check {
  return { name, status: 'missing', detail, fix };
}

/** Could not be looked at, because something before it is missing. */
export function skipped(name: string, detail: string): Check {
  return { name, status: 'skipped', detail, fix: null };
}
