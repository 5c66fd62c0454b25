import { defaultText, fileKeyOf, flagOf, SETTING_KEYS, settingOf, variableOf } from '../../schemas/config.ts';
import type { Part } from '../../schemas/setting.ts';

const READ_BY: Readonly<Record<Part, string>> = {
  server: '`server`',
  control: '`worker control`',
  host: '`worker host`',
  dev: '`dev`',
};

/** The settings as a Markdown table, for the documentation. */
export function settingsMarkdown(): string {
  const rows = SETTING_KEYS.map((key) => {
    const { help, value, parts } = settingOf(key);
    const read = parts.filter((part) => part !== 'dev').map((part) => READ_BY[part]);
    return [
      `\`${fileKeyOf(key)}\``,
      `\`${flagOf(key)} ${value}\``,
      `\`${variableOf(key)}\``,
      defaultText(key),
      help,
      read.join(', '),
    ];
  });
  const head = ['Key', 'Flag', 'Variable', 'Default', 'Meaning', 'Read by'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
