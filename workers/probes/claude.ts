import { agentCliProbe } from './agent-cli.ts';

export const claude = agentCliProbe({
  tag: 'claude',
  product: 'Claude Code',
  versionPattern: /(\d+\.\d+\.\d+\S*) \(Claude Code\)/,
});
