import type { ProbeReport } from '../../schemas/host-activities.ts';
import { TagSet } from '../../schemas/tags.ts';
import { runProbes } from '../probes/index.ts';
import { inheritedEnvironment } from './agent-environment.ts';

export interface CapabilityOptions {
  /** Exactly these tags, no probe. */
  capabilities?: readonly string[];
  addCapabilities: readonly string[];
  hideCapabilities: readonly string[];
}

/** What the host can do and how each tag is known: the last word of the probes, kept until they are run again. */
export class Capabilities {
  readonly #options: CapabilityOptions;
  #report: ProbeReport = { at: 0, findings: [], capabilities: [] };

  constructor(options: CapabilityOptions) {
    this.#options = options;
  }

  get report(): ProbeReport {
    return this.#report;
  }

  get tags(): readonly string[] {
    return this.#report.capabilities;
  }

  /** Runs the probes and says what has changed since they last ran. */
  async probe(signal: AbortSignal): Promise<{ gained: string[]; lost: string[] }> {
    const before = this.tags;
    const found = await this.#look(signal);
    if (signal.aborted) return { gained: [], lost: [] };
    this.#report = found;
    return {
      gained: found.capabilities.filter((tag) => !before.includes(tag)),
      lost: before.filter((tag) => !found.capabilities.includes(tag)),
    };
  }

  async #look(signal: AbortSignal): Promise<ProbeReport> {
    const { capabilities, addCapabilities, hideCapabilities } = this.#options;
    if (capabilities === undefined) {
      return runProbes({ add: addCapabilities, hide: hideCapabilities, signal, env: inheritedEnvironment() });
    }
    const given = TagSet.parse([...capabilities]);
    const how = 'given by --capabilities; nothing was probed';
    return {
      at: Date.now(),
      capabilities: given,
      findings: given.map((tag) => ({ tag, found: true, how, probe: 'given', ms: 0 })),
    };
  }
}
