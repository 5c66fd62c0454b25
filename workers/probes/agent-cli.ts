import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export interface AgentCli {
  tag: string;
  product: string;
  /** In what `--version` prints; the first group is the version. */
  versionPattern: RegExp;
  /** In what `--help` prints, where the version alone could be any program's. */
  helpPattern?: RegExp;
}

/** Whether an agent's command line runs. Credentials are another matter: they are looked at when an agent starts. */
export function agentCliProbe({ tag, product, versionPattern, helpPattern }: AgentCli): Probe {
  return {
    name: tag,
    tags: [tag],
    timeoutMs: 15_000,
    async run({ exec, timeoutMs }) {
      const shown = await exec(tag, ['--version'], { timeoutMs });
      if (shown.code !== 0) return [missing(tag, complaint(tag, shown))];
      const version = versionPattern.exec(`${shown.stdout}\n${shown.stderr}`)?.[1];
      const foreign = missing(tag, `a program ${tag} runs, but it is not ${product}`);
      if (!version) return [foreign];
      if (helpPattern) {
        const help = await exec(tag, ['--help'], { timeoutMs });
        if (!helpPattern.test(help.stdout + help.stderr)) return [foreign];
      }
      return [found(tag, `${product} runs and is version ${version}`, version)];
    },
  };
}

/** A version that stands alone on a line, as some of these programs print it. */
export const BARE_VERSION = /^v?(\d+\.\d+\.\d+\S*)$/m;
