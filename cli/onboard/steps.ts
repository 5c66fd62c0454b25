import type { OnboardJson } from '../json-shapes.ts';

export type Step = OnboardJson['steps'][number];

/** Notes each step as it is over, and tells it to whoever watches. */
export class Steps {
  readonly list: Step[] = [];
  readonly #tell: (step: Step) => Promise<void>;

  constructor(tell: (step: Step) => Promise<void>) {
    this.#tell = tell;
  }

  async note(step: string, status: Step['status'], detail: string): Promise<void> {
    const noted = { step, status, detail };
    this.list.push(noted);
    await this.#tell(noted);
  }
}
