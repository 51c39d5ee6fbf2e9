import pg from 'pg';
import { z } from 'zod';
import { urlOfPrimary } from '#core/primary.ts';
import { readGraph } from '#core/suggestions/graph.ts';
import { type Suggestions, suggest } from '#core/suggestions/suggest.ts';
import type { InThread } from '#worker/tasks/in-thread.ts';

const input = z.object({
  databaseUrl: z.string(),
  accountId: z.int(),
  limit: z.int(),
  patienceMs: z.number(),
});

/** What the thread is given. */
export type SuggestionsInput = z.infer<typeof input>;

/** Reads the whole graph over a connection of its own and computes; see core/suggestions. */
const run: InThread<SuggestionsInput, Suggestions> = async (given, progress) => {
  const { databaseUrl, accountId, limit, patienceMs } = input.parse(given);
  const client = new pg.Client({
    connectionString: await urlOfPrimary(databaseUrl),
    application_name: 'suggestions',
  });
  await client.connect();
  try {
    // Never aborted from inside: the thread is ended as a whole.
    const { signal } = new AbortController();
    return suggest(await readGraph(client, { signal, progress, patienceMs }), accountId, limit);
  } finally {
    await client.end();
  }
};

export default run;
