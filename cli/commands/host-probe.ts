import type { Command } from 'commander';
import type { ProbeReport } from '../../schemas/host-activities.ts';
import { addConfigFlags, configFrom } from '../config/flags.ts';
import type { HostProbeJson } from '../json-shapes.ts';
import { renderFindings } from '../output/host.ts';
import { answer } from '../output/print.ts';
import type { RenderContext } from '../output/render.ts';
import { wrap } from '../output/text.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  addConfigFlags(command, []);
  command.addHelpText('after', '\nWithout a name this machine is probed, and no server is needed.\n').action(probe);
}

async function probe(name: string | undefined, options: { json?: true; config?: string }): Promise<void> {
  const report =
    name === undefined ? await probeHere(options) : await withColibri((colibri) => colibri.hosts.probe(name));
  await answer<HostProbeJson>({ ...report, host: name ?? null }, options, render);
}

async function probeHere(options: { config?: string }): Promise<ProbeReport> {
  const { values } = configFrom(options);
  const [{ runProbes }, { inheritedEnvironment }] = await Promise.all([
    import('../../workers/probes/index.ts'),
    import('../../workers/host/agent-environment.ts'),
  ]);
  return runProbes({ add: values.addCapability, hide: values.hideCapability, env: inheritedEnvironment() });
}

function render(report: HostProbeJson, context: RenderContext): string {
  const { paint } = context;
  const where = report.host ?? 'This machine';
  const tags = report.capabilities.join(', ') || 'no tags at all';
  const [first = '', ...more] = wrap(`${where} can do: ${tags}`, context.columns);
  const head = [`${paint.bold(where)}${first.slice(where.length)}`, ...more].join('\n');
  return `${head}\n\n${renderFindings(report.findings, context)}`;
}
