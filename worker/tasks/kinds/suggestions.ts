import { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';
import { stepAside } from '#core/admission/step-aside.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { keepSuggestions, SUGGESTIONS_TASK } from '#core/suggestions/suggestions.ts';
import { inThread } from '#worker/tasks/in-thread.ts';
import type { SuggestionsInput } from '#worker/tasks/kinds/suggestions-thread.ts';
import type { TaskKind, TaskRun } from '#worker/tasks/task-kind.ts';

const data = z.strictObject({ accountId: z.int().optional() });
const result = z.object({ readers: z.int(), suggested: z.int() });

type Data = z.infer<typeof data>;

const computed = z.object({
  readers: z.int(),
  suggested: z.array(z.object({ id: z.int(), score: z.number(), shared: z.int() })),
});

/** For so many of the ten seconds that somebody may wait, deliveries go first. */
const PATIENCE = 5 * SECOND;

const SUGGESTED = 20; // accounts that are kept; the page shows those that are not followed by then

/**
 * Computes whom an account might follow, over the whole graph, in a thread of its own: for the account that asks, or for one
 * whose list is refreshed. It replaces what was computed before, so that running twice is the same as once.
 */
export const suggestions: TaskKind<Data, z.infer<typeof result>> = {
  name: SUGGESTIONS_TASK,
  data,
  result,
  softMs: MINUTE,
  hardMs: 65 * SECOND,
  attempts: 4,
  async run(task) {
    const accountId = task.data.accountId ?? task.accountId;
    if (accountId === null) throw new DeadLetter('accountId: Expected the id of an account, got none');
    // Deliveries go first before the thread starts too, because starting it takes a core.
    const patienceMs = await stepAside(task.context.pool, { patienceMs: PATIENCE, signal: task.signal });
    const input = inputOf(task, { accountId, patienceMs });
    const { readers, suggested } = computed.parse(await inThread(THREAD, input, task));
    await keepSuggestions(task.context.pool, accountId, { readers, suggested });
    return { readers, suggested: suggested.length };
  },
};

const THREAD = new URL('./suggestions-thread.ts', import.meta.url);

type Wanted = Pick<SuggestionsInput, 'accountId' | 'patienceMs'>;

function inputOf({ context }: TaskRun<Data>, wanted: Wanted): SuggestionsInput {
  const { connectionString } = context.pool.options;
  if (!connectionString) throw new Error('Expected a pool that was opened by its URL');
  return { databaseUrl: connectionString, limit: SUGGESTED, ...wanted };
}
