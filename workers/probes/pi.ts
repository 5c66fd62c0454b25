import { agentCliProbe, BARE_VERSION } from './agent-cli.ts';

// Other programs are called pi too, one of which computes the number.
export const pi = agentCliProbe({
  tag: 'pi',
  product: 'pi',
  versionPattern: BARE_VERSION,
  helpPattern: /coding (agent|assistant)|--provider/i,
});
