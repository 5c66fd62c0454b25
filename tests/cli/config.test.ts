import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../cli/config/resolve.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function resolveWith(given: { flags?: Record<string, unknown>; env?: NodeJS.ProcessEnv; file?: string }) {
  if (given.file !== undefined) writeFileSync(join(folder, 'config.toml'), given.file);
  return resolveConfig({
    flags: given.flags ?? {},
    env: { HOME: '/nobody', COLIBRI_HOME: folder, ...given.env },
    cwd: '/somewhere',
    around: { hostname: 'box', cores: 4 },
  });
}

describe('resolveConfig', () => {
  it('lets flags win over variables, variables over the file, the file over defaults, and says which it was [P4]', () => {
    const file = 'slots = 1\nlease = "11s"\nname = "from-file"\n';
    const env = { COLIBRI_SLOTS: '2', COLIBRI_LEASE: '12s' };
    const { values, sources, file: read } = resolveWith({ file, env, flags: { slots: '3' } });
    expect([values.slots, values.lease, values.name, values.reprobe]).toEqual([3, 12_000, 'from-file', 300_000]);
    expect(sources.slots).toEqual({ kind: 'flag', name: '--slots' });
    expect(sources.lease).toEqual({ kind: 'variable', name: 'COLIBRI_LEASE' });
    expect(sources.name).toEqual({ kind: 'file', name: join(folder, 'config.toml') });
    expect(sources.reprobe).toEqual({ kind: 'default', name: null });
    expect(read).toBe(join(folder, 'config.toml'));
  });

  it('uses the machine for what is not said [P1]', () => {
    const { values, file } = resolveWith({});
    expect(values).toMatchObject({ name: 'box', slots: 4, capabilities: undefined, addCapability: [] });
    expect(values.db).toBe(join(folder, 'server.db'));
    expect(file).toBeNull();
  });

  it('finds the state folder by COLIBRI_HOME, XDG_STATE_HOME or HOME [P4]', () => {
    const home = (env: NodeJS.ProcessEnv) => resolveConfig({ flags: {}, env, cwd: '/' }).values.home;
    expect(home({ HOME: '/h', XDG_STATE_HOME: '/x', COLIBRI_HOME: folder })).toBe(folder);
    expect(home({ HOME: '/h', XDG_STATE_HOME: '/x' })).toBe('/x/colibri');
    expect(home({ HOME: '/h' })).toBe('/h/.local/state/colibri');
    expect(home({ HOME: '/h', COLIBRI_HOME: '~/c' })).toBe('/h/c');
  });

  it('puts the database under the home that was chosen, wherever that was said [P4]', () => {
    const unset = { COLIBRI_HOME: '', COLIBRI_CONFIG: join(folder, 'config.toml') };
    expect(resolveWith({ file: 'home = "/elsewhere"', env: unset }).values.db).toBe('/elsewhere/server.db');
    expect(resolveWith({ flags: { home: 'here' } }).values.db).toBe('/somewhere/here/server.db');
  });

  it('takes relative paths of the file from where the file is, others from the working folder [P4]', () => {
    expect(resolveWith({ file: 'db = "a.db"' }).values.db).toBe(join(folder, 'a.db'));
    expect(resolveWith({ file: 'db = "a.db"', env: { COLIBRI_DB: 'b.db' } }).values.db).toBe('/somewhere/b.db');
  });

  it('takes an empty variable for an unset one [P4]', () => {
    expect(resolveWith({ env: { COLIBRI_SLOTS: '' } }).sources.slots.kind).toBe('default');
  });

  it('names the source of every value that will not do [T2]', () => {
    const bad = () =>
      resolveWith({ file: 'log-level = "loud"', env: { COLIBRI_SLOTS: 'many' }, flags: { lease: '1y' } });
    expect(bad).toThrow(/COLIBRI_SLOTS=many: give a whole number/);
    expect(bad).toThrow(/--lease 1y: "1y" is no duration/);
    expect(bad).toThrow(new RegExp(`log-level in ${folder}/config.toml: give one of trace, debug`));
    expect(bad).toThrow(expect.objectContaining({ code: 'invalid', exitCode: 2 }));
  });

  it('refuses unknown keys of the file, naming the file and the nearest key [T2]', () => {
    expect(() => resolveWith({ file: 'slotts = 3' })).toThrow(
      `${folder}/config.toml: there is no setting "slotts" (did you mean "slots"?)`,
    );
  });

  it('refuses a file that is no TOML, and one that was named and is not there [T2]', () => {
    expect(() => resolveWith({ file: 'slots = = 3' })).toThrow(/config\.toml, line 1: Invalid TOML/);
    expect(() => resolveWith({ env: { COLIBRI_CONFIG: '/no/such.toml' } })).toThrow(
      'there is no configuration file /no/such.toml',
    );
  });
});
