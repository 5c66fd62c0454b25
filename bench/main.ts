import { loadavg } from 'node:os';
import { benchEndToEnd } from './end-to-end.ts';
import type { Figure } from './figure.ts';
import { startInstallation } from './installation.ts';
import { benchParked } from './parked.ts';
import { benchPoller } from './poller.ts';

/** `npm run bench [-- PART ...]`: JSON lines as the figures come, then a table. Parts: end-to-end, parked, poller. */
const PARTS = ['end-to-end', 'parked', 'poller'] as const;
const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !(PARTS as readonly string[]).includes(part));
if (unknown.length > 0) {
  console.error(`bench: there is no part ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
const installation = await startInstallation();
try {
  const runs = {
    'end-to-end': () => benchEndToEnd(installation),
    parked: () => benchParked(installation),
    poller: () => benchPoller(installation.server.address),
  };
  for (const part of PARTS) {
    if (asked.length > 0 && !asked.includes(part)) continue;
    for await (const found of runs[part]()) {
      figures.push(found);
      console.log(JSON.stringify({ part, ...found, load: loadavg()[0] }));
    }
  }
} finally {
  await installation.stop();
}

const width = Math.max(...figures.map((found) => found.name.length));
console.log('');
for (const { name, value, unit, floor, ratio, goal } of figures) {
  const compared = floor === undefined ? '' : `  floor ${floor}, ratio ${ratio}`;
  console.log(
    `${name.padEnd(width)}  ${String(value).padStart(8)} ${unit}${compared}${goal === undefined ? '' : `  (goal ${goal})`}`,
  );
}
