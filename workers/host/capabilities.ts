import type { ProbeReport } from '../../schemas/host-activities.ts';
import { TagSet } from '../../schemas/tags.ts';
import { type Probe, runProbes } from '../probes/index.ts';
import { inheritedEnvironment } from './agent-environment.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface CapabilityOptions {
  /** Exactly these tags, no probe. */
  capabilities?: readonly string[];
  addCapabilities: readonly string[];
  hideCapabilities: readonly string[];
  /** Default: all that there are. */
  probes?: ReadonlyMap<string, Probe>;
}

export interface CapabilityChange {
  gained: string[];
  lost: string[];
}

/** What the host can do and how each tag is known: the last word of the probes, kept until they are run again. */
export class Capabilities {
  readonly #options: CapabilityOptions;
  readonly #signal: AbortSignal;
  readonly #onChange: (change: CapabilityChange) => void;
  #report: ProbeReport = { at: 0, findings: [], capabilities: [] };

  /**
   * Runs the probes, all of them after it was called. One round at a time: of two that overlap, the one that looked
   * first could have the last word.
   */
  readonly probe = oneAtATime(() => this.#probe());

  /** `onChange` hears what differs from the round before; what the first round finds is no change. */
  constructor(options: CapabilityOptions, signal: AbortSignal, onChange: (change: CapabilityChange) => void) {
    this.#options = options;
    this.#signal = signal;
    this.#onChange = onChange;
  }

  get report(): ProbeReport {
    return this.#report;
  }

  get tags(): readonly string[] {
    return this.#report.capabilities;
  }

  async #probe(): Promise<void> {
    const before = this.#report;
    const found = await this.#look();
    if (this.#signal.aborted) return;
    this.#report = found;
    if (before.at === 0) return;
    const gained = found.capabilities.filter((tag) => !before.capabilities.includes(tag));
    const lost = before.capabilities.filter((tag) => !found.capabilities.includes(tag));
    if (gained.length > 0 || lost.length > 0) this.#onChange({ gained, lost });
  }

  async #look(): Promise<ProbeReport> {
    const { capabilities, addCapabilities, hideCapabilities, probes } = this.#options;
    if (capabilities === undefined) {
      return runProbes({
        ...{ add: addCapabilities, hide: hideCapabilities, signal: this.#signal, env: inheritedEnvironment() },
        ...(probes === undefined ? {} : { probes }),
      });
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
