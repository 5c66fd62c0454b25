import type { Command } from 'commander';
import { addInputsOption, checkInputsFolder, type InputsOption, writeInputs } from '../inputs-folder.ts';
import type { TaskShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderTask } from '../output/task.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  addInputsOption(command).action(show);
}

async function show(id: string, options: InputsOption & { json?: true }): Promise<void> {
  checkInputsFolder(options);
  await withColibri(async (colibri) => {
    const [task, inputs] = await Promise.all([colibri.show(id), colibri.board.inputs(id)]);
    const files = writeInputs(inputs, options, 'mend that, or name another folder');
    await answer<TaskShowJson>({ ...task, inputs }, options, (said, context) =>
      renderTask(said, context, { inputs, files }),
    );
  });
}
