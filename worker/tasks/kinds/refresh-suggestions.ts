import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { SUGGESTIONS_TASK, staleSuggestions, suggestionsKey } from '#core/suggestions/suggestions.ts';
import { askTasks } from '#core/tasks/ask.ts';
import type { TaskKind } from '#worker/tasks/task-kind.ts';

const result = z.object({ asked: z.int() });

const BATCH = 20; // lists; about half a second of one core each

/** Asks for new lists where they are older than a day, a few at a time, and with the lowest priority. */
export const refreshSuggestions: TaskKind<Record<string, never>, z.infer<typeof result>> = {
  name: 'refresh-suggestions',
  data: z.strictObject({}),
  result,
  softMs: 10 * SECOND,
  hardMs: 15 * SECOND,
  attempts: 3,
  standing: { name: 'refresh-suggestions', data: {}, cron: '*/10 * * * *' },
  async run({ context }) {
    const accountIds = await staleSuggestions(context.pool, BATCH);
    await askTasks(
      context.pool,
      accountIds.map((accountId) => ({
        ...{ kind: SUGGESTIONS_TASK, data: { accountId }, priority: 'low' },
        uniqueKey: suggestionsKey(accountId),
      })),
    );
    return { asked: accountIds.length };
  },
};
