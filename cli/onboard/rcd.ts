import { ask } from './run-command.ts';
import type { Service, ServiceSettings } from './service.ts';
import { fillTemplate } from './template.ts';

const NAME = 'colibri_host';

/** The worker as a service of FreeBSD's rc, under daemon(8). */
export function rcService(settings: ServiceSettings): Service {
  const service = (...args: string[]) => ['service', NAME, ...args];
  return {
    kind: 'rc.d',
    unit: NAME,
    file: {
      path: `/usr/local/etc/rc.d/${NAME}`,
      mode: 0o755,
      owner: { name: 'root', uid: 0, gid: 0 },
      content: scriptText(settings),
      about: 'the service',
    },
    enable: [{ command: ['sysrc', `${NAME}_enable=YES`], about: 'starts it at boot' }],
    start: { command: service('start'), about: 'starts it' },
    restart: { command: service('restart'), about: 'starts it anew' },
    disable: [
      // `onestop` also stops one that is not enabled any more.
      { command: service('onestop'), about: 'stops it' },
      { command: ['sysrc', '-x', `${NAME}_enable`], about: 'does not start it at boot' },
    ],
    forget: [],
    async status() {
      const [enabled, running] = await Promise.all([ask(service('enabled')), ask(service('onestatus'))]);
      return { enabled: enabled.code === 0, running: running.code === 0 };
    },
    log: ['grep', NAME, '/var/log/messages'],
  };
}

/** The text of the script. */
export function scriptText({ name, owner, command, environment }: ServiceSettings): string {
  const variable = (key: string) => inScript(`${key}=${environment[key] ?? ''}`);
  return fillTemplate('rc.d/colibri_host', {
    NAME: name,
    USER: owner.name,
    PATH: variable('PATH'),
    COLIBRI_HOME: variable('COLIBRI_HOME'),
    TEMPORAL_CONFIG_FILE: variable('TEMPORAL_CONFIG_FILE'),
    COMMAND: command.map(inScript).join(' '),
  });
}

/** A word within the double quotes of the script, which rc.subr hands to `eval` once more. */
function inScript(word: string): string {
  const once = /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return once.replaceAll(/[\\"$`]/g, '\\$&');
}
