import { hostname } from 'node:os';
import { ROOT } from '../lib/build.mjs';

/** Leaves nothing of the machine on which a history was recorded. @param {unknown} value @param {string} home @returns {any} */
export function scrubbed(value, home) {
  if (typeof value === 'string') return scrubText(value, home);
  if (Array.isArray(value)) return value.map((item) => scrubbed(item, home));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => {
    if (key === 'identity' || key === 'workerVersion') return [key, key === 'identity' ? 'recorder' : field];
    if (key === 'data' && 'metadata' in value && typeof field === 'string') {
      return [key, Buffer.from(scrubText(Buffer.from(field, 'base64').toString(), home)).toString('base64')];
    }
    return [key, scrubbed(field, home)];
  });
  return Object.fromEntries(fields);
}

/** @param {string} text @param {string} home */
function scrubText(text, home) {
  return (
    text
      .replaceAll(home, '/home/colibri')
      .replaceAll(ROOT.replace(/\/$/, ''), '/opt/colibri')
      // Dependencies may be linked from elsewhere; in stack traces they start at their package.
      .replaceAll(/[^\s("]*\/node_modules\//g, 'node_modules/')
      .replaceAll(new RegExp(`\\b\\d+@${hostname()}\\b`, 'g'), '1@recorder')
      .replaceAll(/"machine":\{[^}]*\}/g, '"machine":{"id":"machine","boot":"boot","label":"recorder"}')
      .replaceAll(/"hostId":"[^"]*"/g, '"hostId":"machine"')
      .replaceAll(/"node":"[^"]*"/g, '"node":"20.20.0"')
  );
}
