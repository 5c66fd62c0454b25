import { type Command, Option } from 'commander';
import { defaultText, flagOf, SETTING_KEYS, type SettingKey, settingOf, variableOf } from '../../schemas/config.ts';
import type { Part } from '../../schemas/setting.ts';
import { type ResolvedConfig, resolveConfig } from './resolve.ts';

/** Gives a command a flag for each setting of the parts it runs, and `--config`. */
export function addConfigFlags(command: Command, parts: readonly Part[]): Command {
  command.option(
    '--config <FILE>',
    'configuration file (default: config.toml in the home folder; variable: COLIBRI_CONFIG)',
  );
  for (const key of keysOf(parts)) command.addOption(flagOption(key));
  return command;
}

/** The settings of these parts, in the order of the table. */
export function keysOf(parts: readonly Part[]): SettingKey[] {
  return SETTING_KEYS.filter((key) => settingOf(key).parts.some((part) => parts.includes(part)));
}

/** What holds for a command that was given these options. */
export function configFrom(options: Readonly<Record<string, unknown>>): ResolvedConfig {
  return resolveConfig({ flags: options, env: process.env, cwd: process.cwd() });
}

/** The flag of one setting. */
export function flagOption(key: SettingKey): Option {
  const setting = settingOf(key);
  const more = `default: ${defaultText(key)}; variable: ${variableOf(key)}`;
  const option = new Option(`${flagOf(key)} <${setting.value}>`, `${setting.help} (${more})`);
  if (setting.repeatable) {
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  }
  return option;
}
