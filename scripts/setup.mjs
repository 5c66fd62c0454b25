// Makes a fresh clone ready: setup.mjs [--for run|demo|test]. Does nothing, quickly, when nothing is missing; may be
// interrupted and repeated at any point. Uses nothing but Node itself: it runs before the dependencies are there.
import { build, isStale, ROOT } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { createProgress } from './lib/progress.mjs';
import { SetupError } from './lib/run.mjs';
import { ensurePrograms } from './lib/system-packages.mjs';
import { ensureTemporalCli, ensureTestServer } from './lib/temporal-binaries.mjs';

const PURPOSES = ['run', 'demo', 'test'];
const NODE_FLOOR = [20, 20];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = NODE_FLOOR;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new SetupError(
    `Colibri needs Node ${NODE_FLOOR.join('.')} or newer and this is ${process.versions.node}: install one from https://nodejs.org.`,
  );
}

/** @param {readonly string[]} args */
function purposeOf(args) {
  if (args.length === 0) return 'run';
  const [flag, purpose] = args;
  if (args.length === 2 && flag === '--for' && purpose && PURPOSES.includes(purpose)) return purpose;
  throw new SetupError(`usage: node scripts/setup.mjs [--for ${PURPOSES.join('|')}]`);
}

/** @param {string} purpose @param {AbortSignal} signal */
async function setUp(purpose, signal) {
  const progress = createProgress();
  const env = process.env;
  const options = { env, progress, signal };
  /** In CI nothing may be left out quietly. @param {string | null} problem */
  const report = (problem) => {
    if (!problem) return;
    if (env.CI) throw new SetupError(problem);
    progress.note(problem);
  };
  await ensureDependencies({ root: ROOT, ...options });
  if (isStale()) await build({ progress, signal });
  await ensureTemporalCli(options);
  if (purpose === 'demo') report(await ensurePrograms(['git', 'tmux'], options));
  if (purpose !== 'test') return;
  // Network namespaces need root; without it those tests skip themselves and say so.
  const network = process.platform === 'linux' && process.getuid?.() === 0 ? ['ip', 'tc', 'iptables'] : [];
  report(await ensurePrograms(['git', 'tmux', ...network], options));
  await ensureTestServer(options).catch(async (/** @type {Error} */ error) => {
    if (signal.aborted || !env.CI) return report(error.message);
    report(await ensurePrograms(['java', 'mvn'], options));
    await ensureTestServer(options);
  });
}

const aborter = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => aborter.abort(new SetupError(`interrupted by ${signal}; run it again to go on`)));
}
try {
  checkNode();
  await setUp(purposeOf(process.argv.slice(2)), aborter.signal);
} catch (error) {
  process.stderr.write(
    `set-up: ${error instanceof SetupError ? error.message : ((error instanceof Error && error.stack) ?? error)}\n`,
  );
  process.exitCode = 1;
}
