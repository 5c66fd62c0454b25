import { loadavg } from 'node:os';
import { benchEndToEnd } from './end-to-end.ts';
import type { Figure } from './figure.ts';
import { inInstallation } from './installation.ts';
import { benchParked } from './parked.ts';
import { benchPoller } from './poller.ts';
import { benchScale } from './scale.ts';
import { benchStartUp } from './start-up.ts';

/**
 * `npm run bench [-- PART ...]`: JSON lines as the figures come, then a table. Each part has an installation of its own, so
 * that none measures what another left behind.
 */
const PARTS: Record<string, () => AsyncGenerator<Figure, void>> = {
  'start-up': benchStartUp,
  'end-to-end': () => inInstallation(benchEndToEnd),
  parked: () => inInstallation(benchParked),
  poller: () => inInstallation(({ server }) => benchPoller(server.address)),
  scale: benchScale,
};
const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) {
  console.error(`bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const figures: Figure[] = [];
for (const [part, run] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  for await (const found of run()) {
    figures.push(found);
    console.log(JSON.stringify({ part, ...found, load: loadavg()[0] }));
  }
}

const width = Math.max(...figures.map((found) => found.name.length));
console.log('');
for (const { name, value, unit, floor, ratio, goal } of figures) {
  const compared = floor === undefined ? '' : `  floor ${floor}, ratio ${ratio}`;
  console.log(
    `${name.padEnd(width)}  ${String(value).padStart(8)} ${unit}${compared}${goal === undefined ? '' : `  (goal ${goal})`}`,
  );
}
