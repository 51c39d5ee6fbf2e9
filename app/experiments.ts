import { cache } from 'react';
import type { ExperimentView } from '#api/contract.ts';
import { web } from '#app/web.ts';

/**
 * The experiments; null while they cannot be listed. A process of the experiments gives the list. The first time that
 * takes a second, and then it comes at once.
 */
export const listExperiments = cache(
  (): Promise<ExperimentView[] | null> =>
    web()
      .lab.ask({ do: 'list' })
      .then(
        ({ experiments }) => experiments,
        () => null,
      ),
);
