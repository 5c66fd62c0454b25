import { type AddHelpTextContext, type AddHelpTextPosition, Command } from 'commander';
import { wrap } from './output/text.ts';

/** Columns of help: those of the terminal, but no line so long that the eye loses it. */
export function helpWidth(): number {
  return Math.min(process.stdout.columns || Number(process.env.COLUMNS) || 80, 100);
}

/** A command whose notes below the options fit the terminal like the options themselves. */
export class HelpfulCommand extends Command {
  override createCommand(name?: string): Command {
    return new HelpfulCommand(name);
  }

  override addHelpText(position: AddHelpTextPosition, text: string | ((context: AddHelpTextContext) => string)): this {
    const said = (context: AddHelpTextContext) => (typeof text === 'string' ? text : text(context));
    return super.addHelpText(position, (context) => fitted(said(context), helpWidth()));
  }
}

/** Prose that is too wide is broken anew, paragraph by paragraph; examples and what is aligned stay as they are. */
export function fitted(text: string, width: number): string {
  const lines: string[] = [];
  let prose: string[] = [];
  const end = () => {
    lines.push(...(prose.some((line) => line.length > width) ? wrap(prose.join(' '), width) : prose));
    prose = [];
  };
  for (const line of text.split('\n')) {
    if (line !== '' && !/^\s|\S {2,}\S/.test(line)) prose.push(line);
    else {
      end();
      lines.push(line);
    }
  }
  end();
  return lines.join('\n');
}
