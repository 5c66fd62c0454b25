import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rcService, scriptText } from '../../cli/onboard/rcd.ts';
import { chooseService, type Service, type ServiceSettings } from '../../cli/onboard/service.ts';
import { systemdService, unitText } from '../../cli/onboard/systemd.ts';
import { fillTemplate } from '../../cli/onboard/template.ts';

const ANN = { name: 'ann', uid: 1001, gid: 1001, home: '/home/ann', isMe: false };

function settings(home = '/home/ann/.local/state/colibri', more: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    ...{ name: 'osa', owner: ANN, home },
    command: ['/usr/bin/node', '/opt/colibri/bin/colibri.js', 'worker', 'host'],
    environment: { PATH: '/usr/local/bin:/usr/bin', COLIBRI_HOME: home, TEMPORAL_CONFIG_FILE: `${home}/temporal.toml` },
    ...more,
  };
}

const recorded = (name: string) => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
const commandsOf = ({ enable, start, restart, disable, forget }: Service) =>
  [...enable, start, restart, ...disable, ...forget].map(({ command }) => command.join(' '));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'service-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function hasSystemdAnalyze(): boolean {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}

describe('the systemd unit', () => {
  it.each(['system', 'user'] as const)('of the %s reads as recorded [P4]', (scope) => {
    expect(unitText(scope, settings())).toBe(recorded(`systemd-${scope}.service`));
  });

  it.skipIf(!hasSystemdAnalyze()).each([
    ['plain paths', '/home/ann/.local/state/colibri'],
    ['paths that systemd would read otherwise', '/home/ann/100% "my" $HOME\\state'],
  ])('is right to systemd, with %s [P4]', (_, home) => {
    const path = join(dir, 'colibri-host.service');
    const command = [process.execPath, join(home, 'colibri.js'), 'worker', 'host'];
    writeFileSync(path, unitText('system', settings(home, { command })));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', path], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:` },
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it.skipIf(!hasSystemdAnalyze())('would be told of by systemd if it were wrong [P4]', () => {
    const path = join(dir, 'colibri-host.service');
    writeFileSync(path, unitText('system', settings()).replace('KillMode=mixed', 'KillMode=sometimes'));
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', path], { encoding: 'utf8' });
    expect(stderr).toContain('kill mode');
  });

  it('is installed, and removed, by these commands [P4]', () => {
    expect(commandsOf(systemdService('system', settings()))).toEqual([
      'systemctl daemon-reload',
      'systemctl enable colibri-host.service',
      'systemctl start colibri-host.service',
      'systemctl restart colibri-host.service',
      'systemctl disable --now colibri-host.service',
      'systemctl daemon-reload',
    ]);
    expect(commandsOf(systemdService('user', settings())).slice(0, 3)).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable colibri-host.service',
      'loginctl enable-linger ann',
    ]);
  });
});

describe('the script for rc', () => {
  it('reads as recorded, and is a script [P4]', () => {
    const text = scriptText(settings());
    expect(text).toBe(recorded('rc.d-colibri_host'));
    const path = join(dir, 'colibri_host');
    writeFileSync(path, text);
    expect(execFileSync('sh', ['-n', path], { encoding: 'utf8' })).toBe('');
  });

  it('hands the worker its very words, whatever is in them [P4]', () => {
    const home = '/home/ann/my "own" $HOME `state`\\it’s \'so\'';
    const path = join(dir, 'colibri_host');
    // What rc.subr makes of `command` and `command_args`: one string for eval.
    const standIn =
      'load_rc_config() { :; }\nrun_rc_command() { eval "set -- $command $command_args"; printf "%s\\n" "$@"; }\n';
    writeFileSync(join(dir, 'rc.subr'), standIn);
    writeFileSync(path, scriptText(settings(home)).replace('/etc/rc.subr', join(dir, 'rc.subr')));
    const words = execFileSync('sh', [path, 'start'], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(words).toEqual([
      ...[
        '/usr/sbin/daemon',
        '-c',
        '-f',
        '-r',
        '-R',
        '5',
        '-P',
        '/var/run/colibri_host.pid',
        '-p',
        '/var/run/colibri_host_worker.pid',
      ],
      ...['-S', '-T', 'colibri_host', '-u', 'ann', '/usr/bin/env', 'PATH=/usr/local/bin:/usr/bin'],
      ...[`COLIBRI_HOME=${home}`, `TEMPORAL_CONFIG_FILE=${home}/temporal.toml`],
      ...['/usr/bin/node', '/opt/colibri/bin/colibri.js', 'worker', 'host'],
    ]);
  });

  it('is installed, and removed, by these commands [P4]', () => {
    const service = rcService(settings());
    expect(service.file).toMatchObject({ path: '/usr/local/etc/rc.d/colibri_host', mode: 0o755 });
    expect(commandsOf(service)).toEqual([
      'sysrc colibri_host_enable=YES',
      'service colibri_host start',
      'service colibri_host restart',
      'service colibri_host onestop',
      'sysrc -x colibri_host_enable',
    ]);
  });
});

describe('the service of a machine', () => {
  const none = { platform: 'linux' as const, isRoot: true, systemd: false, rc: false };

  it.each([
    [{ ...none, systemd: true }, 'systemd'],
    [{ ...none, systemd: true, isRoot: false }, 'systemd --user'],
    [{ ...none, platform: 'freebsd' as const, rc: true }, 'rc.d'],
  ])('is that of its own manager: %j [P4]', (machine, kind) => {
    expect(chooseService(machine, settings())).toMatchObject({ kind });
  });

  it('is none where there is no manager, or no right to it, and says so [P4]', () => {
    expect(chooseService(none, settings())).toContain('there is no systemd here');
    expect(chooseService({ ...none, rc: true, isRoot: false }, settings())).toContain('only root');
  });

  it('is never filled in by halves [P4]', () => {
    expect(() => fillTemplate('systemd/colibri-host.service', { NAME: 'osa' })).toThrow('nothing to put in place of');
    const home = '/home/ann\nExecStartPre=/bin/evil';
    expect(() => unitText('system', settings(home))).toThrow('more than one line');
  });
});
