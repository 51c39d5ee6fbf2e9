import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { countTrends } from '#core/trends/count-trends.ts';
import type { TaskKind } from '#worker/tasks/task-kind.ts';

const result = z.object({ minutes: z.int(), tweets: z.int(), terms: z.int() });

/** Counts trends, so that reading them is one lookup. Counting twice is the same as once, see count-trends.ts. */
export const trends: TaskKind<Record<string, never>, z.infer<typeof result>> = {
  name: 'trends',
  data: z.strictObject({}),
  result,
  softMs: 20 * SECOND,
  hardMs: 30 * SECOND,
  attempts: 3, // the next tick counts what this one did not
  standing: { name: 'trends', data: {}, everyMs: 30 * SECOND },
  run: ({ context }) => countTrends(context.pool),
};
