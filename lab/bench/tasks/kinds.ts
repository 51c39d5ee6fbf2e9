import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { byName } from '#worker/tasks/kinds.ts';
import { registered } from '#worker/tasks/task-kind.ts';

const limits = { softMs: 600_000, hardMs: 600_000, attempts: 5 };
const data = z.object({ askedAt: z.number() });
const result = z.number();

/** Milliseconds since 1970 with their fractions, as Python's `time.time()` has them. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** The tasks of the bench; celery_app.py has the same. Results are the moments at which they were started. */
export const BENCH_KINDS = byName([
  registered({ name: 'noop', data, result, ...limits, run: async () => wallClock() }),
  registered({
    ...{ name: 'ten_ms', data, result, ...limits },
    run: async () => {
      const startedAt = wallClock();
      await wait(10);
      return startedAt;
    },
  }),
  registered({
    ...{ name: 'fragile', data: z.object({ key: z.string() }), result, ...limits },
    run: async ({ data: { key }, context: { hints } }) => {
      if ((await hints.incr(key)) === 1) await wait(600_000);
      return wallClock();
    },
  }),
  registered({
    ...{ name: 'counted', data: z.object({ key: z.string() }), result, ...limits },
    run: ({ data: { key }, context: { hints } }) => hints.incr(key),
  }),
]);
