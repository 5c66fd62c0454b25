import { agentCliProbe, BARE_VERSION } from './agent-cli.ts';

export const gemini = agentCliProbe({ tag: 'gemini', product: 'Gemini CLI', versionPattern: BARE_VERSION });
