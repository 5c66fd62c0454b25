import type { FleetHost } from '../schemas/fleet.ts';
import { DemoFailure } from './failure.ts';
import { CONTROL } from './parts.ts';
import type { Stage } from './stage.ts';

/** Short, so that the demo is: by default a host may be silent for 30 s before its tasks go elsewhere. */
export const LEASE_S = 5;
/** On a machine that is busy otherwise, workers take their time to start and probes to prove. */
const JOIN_WITHIN_S = 60;

/** A tag that domedog and debby have and osa has not. */
export const SHARED_TAG = process.platform === 'linux' ? 'linux' : 'demo';
const PROBED = process.platform === 'linux' ? [] : ['--add-capability', SHARED_TAG];

interface Role {
  /** Who it is, for people. */
  is: string;
  args: readonly string[];
}

/** The hosts of the story. One machine plays them all, so two of them are made to differ from what probes find. */
export const CAST = {
  osa: { is: 'stands for a FreeBSD machine; its tags are given, not probed', args: ['--capabilities', 'freebsd,zfs'] },
  domedog: { is: 'this machine, with the tags that probes prove', args: PROBED },
  debby: {
    is: 'this machine too, but its screenshot tag is hidden',
    args: [...PROBED, '--hide-capability', 'screenshot'],
  },
} as const satisfies Record<string, Role>;
export type CastName = keyof typeof CAST;

/** Starts the worker that runs the workflows. */
export function startControl(stage: Stage): void {
  stage.start(CONTROL, ['worker', 'control', '--lease', `${LEASE_S}s`]);
}

/** Starts a host in a process of its own. */
export function startHost(stage: Stage, name: CastName): void {
  const common = ['--name', name, '--slots', '2', '--lease', `${LEASE_S}s`];
  stage.start(name, ['worker', 'host', ...common, ...CAST[name].args]);
}

/** Waits until the fleet counts a host as online, and tells of its tags. */
export async function joined(stage: Stage, name: CastName): Promise<FleetHost> {
  const { teller, client } = stage;
  const host = await stage.until(`${name} joins the fleet`, JOIN_WITHIN_S, async () => {
    const { hosts } = await client.fleet();
    return hosts.find((each) => each.name === name && each.status === 'online');
  });
  const tags = host.capabilities.map((tag) => teller.paint.cyan(tag)).join(' ');
  teller.say(`${teller.paint.bold(name)} has joined. It can do: ${tags}`);
  return host;
}

/** How a host knows that it has a tag. Throws a DemoFailure with the probe's own words when it has not. */
export async function howItKnows(stage: Stage, name: CastName, tag: string): Promise<string> {
  const { registration } = await stage.client.hosts.show(name);
  const findings = (registration?.findings ?? []).filter((finding) => finding.tag === tag);
  const proof = findings.find((finding) => finding.found);
  if (proof) return proof.how;
  const why = findings.map((finding) => finding.how).join('; ') || 'nothing was found';
  throw new DemoFailure(`this machine lacks "${tag}": ${why}`, ['the demo pictures a tmux pane: install tmux']);
}
