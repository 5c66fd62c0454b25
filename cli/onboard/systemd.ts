import { join } from 'node:path';
import { ask } from './run-command.ts';
import type { Service, ServiceSettings } from './service.ts';
import { fillTemplate } from './template.ts';

const UNIT = 'colibri-host.service';

/** The worker as a systemd service: of the system when root installs it, else of the user's own manager. */
export function systemdService(scope: 'system' | 'user', settings: ServiceSettings): Service {
  const { owner } = settings;
  const isSystem = scope === 'system';
  const folder = isSystem ? '/etc/systemd/system' : join(owner.home, '.config', 'systemd', 'user');
  const systemctl = (...args: string[]) => ['systemctl', ...(isSystem ? [] : ['--user']), ...args];
  const root = { name: 'root', uid: 0, gid: 0 };
  // A user's services end with the last session, and start with the first, unless the user lingers.
  const linger = { command: ['loginctl', 'enable-linger', owner.name], about: 'runs it without anyone logged in' };
  return {
    kind: isSystem ? 'systemd' : 'systemd --user',
    unit: UNIT,
    file: {
      path: join(folder, UNIT),
      mode: 0o644,
      owner: isSystem ? root : owner,
      content: unitText(scope, settings),
      about: 'the service',
    },
    enable: [
      { command: systemctl('daemon-reload'), about: 'reads the unit' },
      { command: systemctl('enable', UNIT), about: 'starts it at boot' },
      ...(isSystem ? [] : [linger]),
    ],
    start: { command: systemctl('start', UNIT), about: 'starts it' },
    restart: { command: systemctl('restart', UNIT), about: 'starts it anew' },
    disable: [{ command: systemctl('disable', '--now', UNIT), about: 'stops it, for good' }],
    forget: [{ command: systemctl('daemon-reload'), about: 'forgets the unit' }],
    async status() {
      const [enabled, active] = await Promise.all([
        ask(systemctl('is-enabled', '--quiet', UNIT)),
        ask(systemctl('is-active', '--quiet', UNIT)),
      ]);
      return { enabled: enabled.code === 0, running: active.code === 0 };
    },
    log: ['journalctl', ...(isSystem ? [] : ['--user']), '-u', UNIT, '-n', '50'],
  };
}

/** The text of the unit. */
export function unitText(scope: 'system' | 'user', settings: ServiceSettings): string {
  const { name, owner, home, command, environment } = settings;
  const variable = (key: string) => {
    const value = environment[key];
    return value === undefined ? null : quoted(`${key}=${value}`);
  };
  return fillTemplate('systemd/colibri-host.service', {
    NAME: escapePercent(name),
    USER: scope === 'system' ? owner.name : null,
    HOME: escapePercent(home),
    PATH: variable('PATH'),
    COLIBRI_HOME: variable('COLIBRI_HOME'),
    TEMPORAL_CONFIG_FILE: variable('TEMPORAL_CONFIG_FILE'),
    // In commands alone systemd puts variables in place of $NAME.
    COMMAND: command.map((word) => quoted(word.replaceAll('$', '$$$$'))).join(' '),
    WANTED_BY: scope === 'system' ? 'multi-user.target' : 'default.target',
  });
}

/** A word as systemd reads it: in quotes unless it is plain. */
function quoted(word: string): string {
  const escaped = escapePercent(word);
  if (/^[\w@%+=:,./$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** `%h` and the like stand for something in units. */
function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}
