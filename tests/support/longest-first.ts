import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that run whole fleets, or wait for real time-outs: minutes, while most others take seconds. */
const LONG =
  /\/tests\/(hosts|demo|system)\/|\/(ten-thousand|leash(-lost)?|worker-death|push-and-pull|[a-z-]+-real-server)\.test\.ts$/;

/**
 * Begins with the files that take long, so that none of them is still going on when all others have ended. Within both
 * kinds by vitest's own order: by the times of the last run, else by size.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => Number(LONG.test(b.moduleId)) - Number(LONG.test(a.moduleId)));
  }
}
