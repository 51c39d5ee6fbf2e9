import { cache } from 'react';
import type { ExperimentView } from '#api/contract.ts';
import { web } from '#app/web.ts';

/**
 * The experiments; null while they cannot be listed. The list is asked of the experiments' own process: it takes a second for
 * the first time, and then comes at once.
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
