import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

export type SettingKey = keyof typeof SETTINGS;
type Values = { [K in SettingKey]: z.output<(typeof SETTINGS)[K]['schema']> };
/** Every setting as it holds. `capabilities` is undefined when the host is to be probed. */
export type Config = Omit<Values, 'capabilities'> & { capabilities: Values['capabilities'] | undefined };

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** The setting without its own types, for code that treats all alike. */
export function settingOf(key: SettingKey): Setting {
  return SETTINGS[key] as unknown as Setting;
}

/** A setting's value in words. */
export function showSetting(key: SettingKey, value: unknown): string {
  const setting = settingOf(key);
  if (value === undefined) return setting.fallbackText ?? '';
  return setting.show === undefined ? String(value) : setting.show(value as never);
}

/** The default in words, the same on every machine. */
export function defaultText(key: SettingKey): string {
  const setting = settingOf(key);
  return setting.fallbackText ?? showSetting(key, setting.fallback({ home: '', hostname: '', cores: 1 }));
}

/** `addCapability` -> `add-capability`: its name in the configuration file. */
export function fileKeyOf(key: SettingKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `addCapability` -> `--add-capability`. */
export function flagOf(key: SettingKey): string {
  return `--${fileKeyOf(key)}`;
}

/** `addCapability` -> `COLIBRI_ADD_CAPABILITY`. */
export function variableOf(key: SettingKey): string {
  return `COLIBRI_${fileKeyOf(key).replaceAll('-', '_').toUpperCase()}`;
}

/** The configuration file: any of the settings, and nothing else. */
export const ConfigFile = z.strictObject(
  Object.fromEntries(SETTING_KEYS.map((key) => [fileKeyOf(key), settingOf(key).schema.optional()])),
  {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return (issue.keys as string[]).map(unknownKey).join('; ');
    },
  },
);

function unknownKey(key: string): string {
  const near = nearest(key.toLowerCase().replaceAll('_', '-'), SETTING_KEYS.map(fileKeyOf), 1)[0];
  // The nearest of a key written otherwise (`log_level`) is itself: nearest() leaves equals out.
  const meant = near ?? SETTING_KEYS.map(fileKeyOf).find((name) => name === key.toLowerCase().replaceAll('_', '-'));
  return `there is no setting "${key}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`;
}
