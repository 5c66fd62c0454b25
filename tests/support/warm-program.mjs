// Runs command lines one after the other in one process: to load the program takes ten times as long as most of them do.
// Each finds what a process of its own would find, its environment and arguments, and nothing of those before it.
import { actAs } from '../../dist/cli/credentials.js';
import { useJoinedServer } from '../../dist/cli/onboard/joined-server.js';
import { run } from '../../dist/cli/run.js';

const STREAMS = /** @type {const} */ (['stdout', 'stderr']);

process.on('message', async ({ args, env }) => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(2, Infinity, ...args);
  process.exitCode = undefined;
  actAs(undefined);
  useJoinedServer(process.env);
  const said = { stdout: '', stderr: '' };
  for (const stream of STREAMS) {
    process[stream].write = (chunk) => {
      said[stream] += chunk;
      return true;
    };
  }
  const code = await run(args);
  process.send?.({ code, ...said });
});
