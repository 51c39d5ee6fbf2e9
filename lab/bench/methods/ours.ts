import { setTimeout as wait } from 'node:timers/promises';
import type { Delivery } from '#core/ledger/delivery.ts';
import { type CpuUse, cpuBetween, readCpu } from '#lab/stage/cpu.ts';
import { delivered, deliveryTime, post } from '#lab/stage/post.ts';
import type { Stage } from '#lab/stage/stage.ts';
import type { Audience, Method } from './method.ts';

/** What one of our fan-outs left behind. */
export type Trace = { delivery: Delivery; cpu: CpuUse };

/** This repository: posted, published, planned, delivered by the worker processes, closed in the ledger. */
export function ours(stage: Stage, { authorId }: Audience): Method & { traces: Trace[] } {
  const traces: Trace[] = [];
  const run = async () => {
    const before = readCpu(stage.watched);
    const [delivery] = await delivered(stage, [await post(stage, authorId)]);
    if (!delivery) throw new Error('Expected the delivery of the tweet, got none');
    traces.push({ delivery, cpu: cpuBetween(before, readCpu(stage.watched)) });
    return deliveryTime(delivery) / 1_000;
  };
  return { run, traces };
}

const LOOK = 20; // ms

/**
 * The same while nobody has packed the author's followers, as with the first tweet of one who has just got so many: each
 * run drops the packs, and resolves when the worker has made them again.
 */
export function oursUnpacked(stage: Stage, audience: Audience): Method {
  const { run } = ours(stage, audience);
  const { pool } = stage;
  const isPacked = async () => {
    const { rowCount } = await pool.query('SELECT FROM follower_pack WHERE followee_id = $1 LIMIT 1', [
      audience.authorId,
    ]);
    return rowCount === 1;
  };
  return {
    run: async () => {
      await pool.query('DELETE FROM follower_pack WHERE followee_id = $1', [audience.authorId]);
      const seconds = await run();
      while (!(await isPacked())) await wait(LOOK);
      return seconds;
    },
  };
}
