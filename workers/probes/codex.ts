import { agentCliProbe } from './agent-cli.ts';

export const codex = agentCliProbe({ tag: 'codex', product: 'Codex', versionPattern: /codex\S* (\d+\.\d+\.\d+\S*)/i });
