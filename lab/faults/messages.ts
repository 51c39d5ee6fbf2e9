import { until } from '#dev/ports.ts';
import type { Stage } from '../chaos/stage/stage.ts';
import type { Heal } from './kinds.ts';

const PATIENCE = 120_000; // ms; the queue may be away itself: RabbitMQ takes 4 s to start, and may be killed again and again
const NEWEST = 20;

/** Publishes the newest fan-outs, chunks and tasks again, under keys that no broker knows. */
export async function repeatMessages({ pool, broker }: Stage): Promise<Heal> {
  const fanOuts = await until(
    () =>
      pool.query<{ tweetId: number }>(
        'SELECT tweet_id AS "tweetId" FROM fan_out ORDER BY tweet_id DESC LIMIT $1',
        [NEWEST],
      ),
    PATIENCE,
  );
  const chunks = await until(
    () =>
      pool.query<{ tweetId: number; chunk: number }>(
        'SELECT tweet_id AS "tweetId", number AS chunk FROM chunk ORDER BY tweet_id DESC, number DESC LIMIT $1',
        [NEWEST],
      ),
    PATIENCE,
  );
  const tasks = await until(
    () =>
      pool.query<{ taskId: number }>('SELECT id AS "taskId" FROM task ORDER BY id DESC LIMIT $1', [NEWEST]),
    PATIENCE,
  );
  const again = (body: object) => ({ key: `again-${crypto.randomUUID()}`, body });
  await until(() => broker.publish('fan-out', fanOuts.rows.map(again)), PATIENCE);
  await until(() => broker.publish('delivery', chunks.rows.map(again)), PATIENCE);
  await until(() => broker.publish('task', tasks.rows.map(again)), PATIENCE);
  return async () => {};
}

/** Every lease in the ledger runs out now: the relay and the due loop publish everything that is unfinished. */
export async function expireLeases({ pool }: Pick<Stage, 'pool'>): Promise<Heal> {
  await until(
    () =>
      pool.query(
        `UPDATE fan_out SET due_at = clock_timestamp() - interval '1 second' WHERE finished_at IS NULL`,
      ),
    PATIENCE,
  );
  await until(
    () =>
      pool.query(
        `UPDATE task SET leased_until = clock_timestamp() - interval '1 second'
         WHERE finished_at IS NULL AND due_at <= clock_timestamp() AND leased_until < 'infinity'`,
      ),
    PATIENCE,
  );
  return async () => {};
}
