import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addConfigFlags, keysOf } from '../../cli/config/flags.ts';
import { formatBytes } from '../../schemas/byte-size.ts';
import {
  ConfigFile,
  defaultText,
  fileKeyOf,
  flagOf,
  SETTING_KEYS,
  settingOf,
  variableOf,
} from '../../schemas/config.ts';
import { SETTINGS } from '../../schemas/settings.ts';

const AROUND = { home: '/state', hostname: 'Box_7.example.org', cores: 0 };

describe('the table of settings', () => {
  it('gives every field of the configuration file a flag and a variable [P4]', () => {
    const flags = addConfigFlags(new Command(), ['server', 'control', 'host', 'dev']).options.map(
      (option) => option.long,
    );
    expect(Object.keys(ConfigFile.shape)).toEqual(SETTING_KEYS.map(fileKeyOf));
    for (const key of SETTING_KEYS) {
      expect(flags).toContain(flagOf(key));
      expect(variableOf(key)).toMatch(/^COLIBRI_[A-Z_]+$/);
    }
    expect(new Set(SETTING_KEYS.map(variableOf)).size).toBe(SETTING_KEYS.length);
  });

  it('has for every setting a default that its own schema takes, and words for it [P4]', () => {
    for (const key of SETTING_KEYS) {
      const fallback = settingOf(key).fallback(AROUND);
      if (fallback !== undefined) expect(settingOf(key).schema.parse(fallback)).toEqual(fallback);
      expect(defaultText(key)).not.toBe('');
    }
  });

  it('gives each part the settings that it reads and no others [P4]', () => {
    expect(keysOf(['control'])).toEqual(['home', 'fairnessWeight', 'lease', 'logLevel', 'logFormat']);
    expect(keysOf(['server'])).toContain('durability');
    expect(keysOf(['host'])).not.toContain('port');
    expect(keysOf(['dev'])).toEqual(SETTING_KEYS);
  });

  it('makes a host name of whatever the machine is called, and one slot at least [P1]', () => {
    expect(SETTINGS.name.fallback(AROUND)).toBe('box-7');
    expect(SETTINGS.name.fallback({ ...AROUND, hostname: '' })).toBe('host');
    expect(SETTINGS.slots.fallback(AROUND)).toBe(1);
  });
});

describe('the configuration file', () => {
  it('refuses unknown keys and names the nearest known one [T2]', () => {
    const messages = (content: object) => ConfigFile.safeParse(content).error?.issues.map((issue) => issue.message);
    expect(messages({ slotts: 3 })).toEqual(['there is no setting "slotts" (did you mean "slots"?)']);
    expect(messages({ log_level: 'info' })).toEqual(['there is no setting "log_level" (did you mean "log-level"?)']);
    expect(messages({ frobnicate: 1 })).toEqual(['there is no setting "frobnicate"']);
  });

  it('takes text as well as its own types, alike [P4]', () => {
    expect(
      ConfigFile.parse({ slots: 3, lease: '10s', 'live-limit': '64 KiB', 'add-capability': ['B', 'a', 'b'] }),
    ).toEqual({
      slots: 3,
      lease: 10_000,
      'live-limit': 65_536,
      'add-capability': ['a', 'b'],
    });
    expect(SETTINGS.slots.schema.parse('3')).toBe(3);
    expect(SETTINGS.capabilities.schema.parse('docker, gpu,')).toEqual(['docker', 'gpu']);
  });
});

describe('sizes', () => {
  it('are read in decimal and binary units and said in binary ones [T2]', () => {
    const size = SETTINGS.transcriptLimit.schema;
    expect(size.parse('1 GB')).toBe(1e9);
    expect(size.parse('1GiB')).toBe(1024 ** 3);
    expect(size.parse('1.5 mib')).toBe(1_572_864);
    expect(formatBytes(1_572_864)).toBe('1.5 MiB');
    for (const bad of ['3q', '-1', 'GB', '1 KB', Number.NaN]) expect(size.safeParse(bad).success).toBe(false);
  });
});
