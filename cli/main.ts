import { useJoinedServer } from './onboard/joined-server.ts';
import { leaveQuietlyOnEpipe } from './output/write.ts';
import { run } from './run.ts';

leaveQuietlyOnEpipe();
useJoinedServer(process.env);
process.exitCode = await run(process.argv.slice(2));
