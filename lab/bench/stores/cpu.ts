import { median, sumOf } from '#lab/harness/statistics.ts';
import { REST } from '#lab/stage/process-use.ts';
import type { Trace } from '../methods/ours.ts';

/**
 * CPU seconds of one fan-out in the servers and workers that it goes through, without the run that warms up. The bench itself
 * is left out: it posts and then looks whether all is delivered, which takes more the longer it waits.
 */
export const cpuOf = (traces: Trace[]): number => cpuWhere(traces, (name) => !name.startsWith('bench'));

/** The same, in the processes whose names begin with one of these words. */
export const cpuIn = (traces: Trace[], words: string[]): number =>
  cpuWhere(traces, (name) => words.some((word) => name.startsWith(word)));

/** Without the rest of the machine: the servers of another side are part of it. */
const cpuWhere = (traces: Trace[], isMeant: (name: string) => boolean): number =>
  median(
    traces.slice(1).map(({ cpu }) =>
      sumOf(
        [...cpu].filter(([name]) => name !== REST && isMeant(name)),
        ([, seconds]) => seconds,
      ),
    ),
  );
