import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { until } from '#dev/ports.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { type Heal, healsItself } from './outages.ts';

const PATIENCE = 120_000; // ms; RabbitMQ takes 4 s to start, and may be killed again and again
const NEWEST = 20;

const NEWEST_MESSAGES = {
  'fan-out': 'SELECT tweet_id AS "tweetId" FROM fan_out ORDER BY tweet_id DESC LIMIT $1',
  delivery:
    'SELECT tweet_id AS "tweetId", number AS chunk FROM chunk ORDER BY tweet_id DESC, number DESC LIMIT $1',
  task: 'SELECT id AS "taskId" FROM task ORDER BY id DESC LIMIT $1',
} as const;

const ids = z.record(z.string(), z.int());

/** Publishes the newest fan-outs, chunks and tasks again, under keys that no broker knows. */
export async function repeatMessages({ pool, broker }: BreakableStage): Promise<Heal> {
  for (const queue of ['fan-out', 'delivery', 'task'] as const) {
    const newest = { text: NEWEST_MESSAGES[queue], values: [NEWEST] };
    const rows = await until(() => readRows(pool, ids, newest), PATIENCE);
    const again = rows.map((body) => ({ key: `again-${crypto.randomUUID()}`, body }));
    await until(() => broker.publish(queue, again), PATIENCE);
  }
  return healsItself;
}

/**
 * Lets every lease in the ledger run out now. The relay and the due loop then publish everything that is unfinished.
 */
export async function expireLeases({ pool }: Pick<BreakableStage, 'pool'>): Promise<Heal> {
  const past = `clock_timestamp() - interval '1 second'`;
  const expire = async () => {
    await pool.query(`UPDATE fan_out SET due_at = ${past} WHERE finished_at IS NULL`);
    await pool.query(
      `UPDATE task SET leased_until = ${past}
       WHERE finished_at IS NULL AND due_at <= clock_timestamp() AND leased_until < 'infinity'`,
    );
  };
  await until(expire, PATIENCE);
  return healsItself;
}
