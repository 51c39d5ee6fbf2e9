import { DAY, SECOND } from '#core/durations.ts';
import { idRow, readRows } from '#core/rows.ts';
import { toJson } from '#core/tasks/json.ts';
import { PRIORITIES, type Priority, type Queryable } from '#core/tasks/task.ts';

export type AskedTask = {
  /** A name in worker/tasks/kinds.ts. */
  kind: string;
  /** What that kind's schema takes; at most 64 KB of JSON. */
  data: unknown;
  /** Who asks. Without it the system itself does. */
  accountId?: number | undefined;
  /** The task does not start before this time, which may be any date. Without it the task starts at once. */
  dueAt?: Date | undefined;
  priority?: Priority | undefined;
  /** While a task of this key is unfinished, asking again returns that one. */
  uniqueKey?: string | undefined;
  /** How many milliseconds it is kept after its end: a day unless this says otherwise. */
  keepMs?: number | undefined;
};

/** Milliseconds that a task is kept after its end unless its asker says otherwise. */
export const KEPT_AFTER_END = DAY;

/** Milliseconds that publishing is left to whoever asked, before the due loop takes over. */
export const ASKER_PUBLISHES = 2 * SECOND;

/**
 * Writes tasks into the ledger and returns their ids in order, in the transaction of `client` if it has one. The row is
 * the promise, and its own outbox. After the commit, publish those that are due ({@link handOver}). If the process dies
 * before that, the due loop publishes them. Throws {@link NotKept} for data that cannot be kept.
 */
export async function askTasks(client: Queryable, asked: AskedTask[]): Promise<number[]> {
  if (asked.length === 0) return [];
  const rows = await readRows(client, idRow, {
    name: 'ask-tasks',
    text: INSERT,
    values: [
      asked.map((task) => task.kind),
      asked.map((task) => toJson('data', task.data)),
      asked.map((task) => task.accountId ?? null),
      asked.map((task) => task.dueAt?.toISOString() ?? null),
      asked.map((task) => PRIORITIES.indexOf(task.priority ?? 'normal')),
      asked.map((task) => task.uniqueKey ?? null),
      asked.map((task) => task.keepMs ?? KEPT_AFTER_END),
      ASKER_PUBLISHES,
    ],
  });
  return rows.map((row) => row.id);
}

/**
 * Whoever asks for a `low` task never publishes it: it leaves the ledger when nothing else waits, see due.ts. The update of
 * the row that holds the key changes nothing. It is there so that the row is returned.
 */
const INSERT = `
  WITH asked AS MATERIALIZED (
    SELECT nextval('task_id_seq') AS id, a.*, coalesce(a.due, clock_timestamp()) AS due_at
    FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::smallint[], $6::text[], $7::bigint[])
      WITH ORDINALITY AS a (kind, data, account_id, due, priority, unique_key, keep_ms, place)
  ), written AS (
    INSERT INTO task AS t (id, kind, data, account_id, due_at, priority, unique_key, keep_ms, created_at, leased_until)
    SELECT id, kind, data::jsonb, account_id, due_at, priority, unique_key, keep_ms, clock_timestamp(),
      CASE WHEN priority = 0 THEN due_at
           ELSE greatest(due_at, clock_timestamp() + CASE WHEN due IS NULL THEN $8::int ELSE 0 END * interval '1 ms') END
    FROM asked a
    WHERE unique_key IS NULL
       OR NOT EXISTS (SELECT FROM asked b WHERE b.unique_key = a.unique_key AND b.place < a.place)
    ORDER BY place
    ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'running')
      DO UPDATE SET unique_key = t.unique_key
    RETURNING t.id, t.unique_key
  )
  SELECT coalesce(k.id, w.id) AS id FROM asked a
  LEFT JOIN written w ON w.id = a.id LEFT JOIN written k ON k.unique_key = a.unique_key
  ORDER BY a.place`;
