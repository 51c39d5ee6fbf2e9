import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { StoreClient } from '#core/redis.ts';
import { idRow, readRow } from '#core/rows.ts';
import { ASKER_PUBLISHES, type AskedTask, KEPT_AFTER_END } from '#core/tasks/ask.ts';
import { toJson } from '#core/tasks/json.ts';
import type { Queryable } from '#core/tasks/task.ts';
import { wakeWorker } from '#core/tasks/wake-ups.ts';

export type AskedNow = Omit<AskedTask, 'dueAt' | 'priority'>;

/**
 * Asks for one task that is due now, outside of any transaction, and returns its id. It does what {@link askTasks} does,
 * but faster. A worker with a free slot is woken while the row is being written: by the unique key, since the id is not
 * known yet. This resolves when the row is on disk. Workers see the row about 1 ms earlier. A crash of Postgres in that
 * millisecond takes back a task that nobody was promised, together with all that its run wrote to Postgres. Hand the task
 * over afterwards ({@link handOver}), in case nobody had a slot.
 */
export async function askNow(pool: pg.Pool, redis: StoreClient, asked: AskedNow): Promise<number> {
  const uniqueKey = asked.uniqueKey ?? randomUUID();
  // One connection for both: a crash of Postgres in between ends it, and is not taken for a flush.
  const client = await pool.connect();
  try {
    // First, since its way is longer. One worker in five comes too early and looks again; all start 0.3 ms sooner.
    wakeWorker(redis, uniqueKey);
    const id = await write(client, { ...asked, uniqueKey });
    await flush(client);
    client.release();
    return id;
  } catch (error) {
    client.release(true); // a statement that had no answer in time would stand before those of whoever gets it next
    throw error;
  }
}

async function write(client: Queryable, asked: AskedNow): Promise<number> {
  const { id } = await readRow(client, idRow, {
    name: 'ask-now',
    text: INSERT,
    values: [
      ...[asked.kind, toJson('data', asked.data), asked.accountId ?? null, asked.uniqueKey],
      ...[asked.keepMs ?? KEPT_AFTER_END, ASKER_PUBLISHES],
    ],
  });
  return id;
}

const INSERT = `
  INSERT INTO task AS t (kind, data, account_id, unique_key, keep_ms, due_at, created_at, leased_until)
  SELECT $1::text, $2::jsonb, $3::int, $4::text, $5::bigint, clock_timestamp(), clock_timestamp(),
    clock_timestamp() + $6::int * interval '1 ms'
  FROM (SELECT set_config('synchronous_commit', 'off', true)) early
  ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'running')
    DO UPDATE SET unique_key = t.unique_key
  RETURNING t.id`;

/** Resolves when all that was committed before is on disk: a commit that waits takes along what came before it. */
async function flush(client: Queryable): Promise<void> {
  await client.query({
    name: 'flush',
    text: `SELECT pg_logical_emit_message(true, 'task', ''), set_config('synchronous_commit', 'on', true)`,
  });
}
