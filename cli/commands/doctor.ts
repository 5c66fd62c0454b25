import type { Command } from 'commander';
import { addConfigFlags, configFrom } from '../config/flags.ts';
import type { DoctorJson } from '../json-shapes.ts';
import { renderDoctor } from '../output/doctor.ts';
import { answer } from '../output/print.ts';

const HELP = `
missing: needed, and not there; warning: needed for a part of it, or not as it should be. The exit code is 1 when
something needed is missing.
`;

export function define(command: Command): void {
  addConfigFlags(command, []).addHelpText('after', HELP).action(doctor);
}

async function doctor(options: { config?: string; json?: true }): Promise<void> {
  const { values } = configFrom(options);
  const [machine, { checkServer }, { checkOnboarding }] = await Promise.all([
    import('../doctor/machine.ts'),
    import('../doctor/server.ts'),
    import('../doctor/onboarding.ts'),
  ]);
  const { checkContainment, checkHome, checkNode, checkProgram, checkTemporalProgram } = machine;
  const git = {
    needed: true,
    why: 'tasks that work on a repository need it',
    fix: 'install git: apt install git, pkg install git',
  };
  const tmux = {
    needed: false,
    why: 'only tasks that require screenshot need it',
    fix: 'install tmux: apt install tmux, pkg install tmux',
  };
  const checks = (
    await Promise.all([
      checkNode(),
      checkProgram('git', ['--version'], git),
      checkProgram('tmux', ['-V'], tmux),
      checkHome(values.home),
      checkContainment(),
      checkTemporalProgram(),
      checkServer(),
      checkOnboarding(values.home),
    ])
  ).flat();
  const report: DoctorJson = { ok: checks.every((check) => check.status !== 'missing'), checks };
  await answer(report, options, renderDoctor);
  if (!report.ok) process.exitCode = 1;
}
