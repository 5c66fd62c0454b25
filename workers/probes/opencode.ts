import { agentCliProbe, BARE_VERSION } from './agent-cli.ts';

export const opencode = agentCliProbe({ tag: 'opencode', product: 'OpenCode', versionPattern: BARE_VERSION });
