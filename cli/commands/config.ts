import type { Command } from 'commander';
import { serverAddress } from '../../client/connect.ts';
import { fileKeyOf, flagOf, SETTING_KEYS, showSetting, variableOf } from '../../schemas/config.ts';
import { addConfigFlags, configFrom } from '../config/flags.ts';
import { settingsMarkdown } from '../config/markdown.ts';
import type { ResolvedConfig, Source } from '../config/resolve.ts';
import type { ConfigJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import type { RenderContext } from '../output/render.ts';
import { table } from '../output/table.ts';
import { out } from '../output/write.ts';

const PRECEDENCE = `
Flags win over variables, variables over the file, the file over defaults. The file is TOML; its keys are the flags
without the dashes: slots = 4. The server is named by TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
`;

export function define(command: Command): void {
  addConfigFlags(command, ['server', 'control', 'host', 'dev'])
    .option('--markdown', 'print the table of all settings as Markdown')
    .addHelpText('after', PRECEDENCE)
    .action((options: Record<string, unknown> & { json?: true; markdown?: true }) => {
      if (options.markdown) return out(settingsMarkdown());
      const resolved = configFrom(options);
      return answer<ConfigJson>(describe(resolved), options, (_, context) => render(resolved, context));
    });
}

function describe({ file, values, sources }: ResolvedConfig): ConfigJson {
  return {
    file,
    settings: SETTING_KEYS.map((key) => ({
      key: fileKeyOf(key),
      value: values[key] ?? null,
      from: sources[key].kind,
      name: sources[key].name,
      flag: flagOf(key),
      variable: variableOf(key),
    })),
    server: serverAddress(),
  };
}

function render({ file, values, sources }: ResolvedConfig, { paint, columns }: RenderContext): string {
  const rows = SETTING_KEYS.map((key) => [
    fileKeyOf(key),
    showSetting(key, values[key]) || '(none)',
    says(sources[key]),
  ]);
  const settings = table(['SETTING', 'VALUE', 'FROM'], rows, {
    width: columns,
    flexible: [],
    heading: paint.dim,
  });
  const { address, namespace } = serverAddress();
  const read = file === null ? 'No configuration file' : `Configuration file ${file}`;
  return `${settings}\n${read}. Server ${address}, namespace ${namespace}.\n`;
}

function says(source: Source): string {
  return source.kind === 'file' ? 'file' : (source.name ?? 'default');
}
