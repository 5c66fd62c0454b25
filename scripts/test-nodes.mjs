// npm run test:nodes [VERSION...]: the quick layers of the tests on each supported version of Node.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/build.mjs';

const SUPPORTED = ['20', '22', '24'];
/** What a host and a command line are made of; the layers that start whole fleets run on one version only. */
const QUICK = ['schemas', 'properties', 'host', 'leash', 'probes', 'screenshot', 'cli', 'client', 'server'];

const asked = process.argv.slice(2);
const layers = QUICK.map((name) => `tests/${name}/`).filter((path) => existsSync(join(ROOT, path)));
const failed = (asked.length ? asked : SUPPORTED).filter((version) => {
  const own = process.versions.node.split('.')[0] === version;
  // npm's `node` package brings the program of any version.
  const [command, args] = own ? [process.execPath, []] : ['npx', ['-y', `node@${version}`]];
  process.stdout.write(`\n== Node ${version}\n`);
  const options = { cwd: ROOT, stdio: /** @type {const} */ ('inherit') };
  spawnSync(command, [...args, '--version'], options);
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  return spawnSync(command, [...args, vitest, 'run', ...layers], options).status !== 0;
});
process.stdout.write(failed.length ? `\nfailed on Node ${failed.join(', ')}\n` : '\npassed on every version\n');
process.exitCode = failed.length ? 1 : 0;
