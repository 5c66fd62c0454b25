import { leaveQuietlyOnEpipe } from './output/write.ts';
import { run } from './run.ts';

leaveQuietlyOnEpipe();
process.exitCode = await run(process.argv.slice(2));
