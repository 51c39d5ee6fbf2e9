import { setTimeout as wait } from 'node:timers/promises';
import type { Delivery } from '#core/ledger/delivery.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import { deliveryTime, postAndDeliver } from '#lab/load/post.ts';
import { type CpuUse, cpuBetween, readCpu } from '#lab/stage/process-use.ts';
import type { Stage } from '#lab/stage/stage.ts';
import type { Method } from './methods.ts';

/** What one of our fan-outs left behind. */
export type Trace = { delivery: Delivery; cpu: CpuUse };

/** This repository: posted, published, planned, delivered by the worker processes, closed in the ledger. */
export function ours(
  stage: Pick<Stage, 'pool' | 'broker' | 'watched'>,
  { authorId }: Pick<Audience, 'authorId'>,
): { run: Method; traces: Trace[] } {
  const traces: Trace[] = [];
  const run = async () => {
    const before = readCpu(stage.watched);
    const delivery = await postAndDeliver(stage, authorId);
    traces.push({ delivery, cpu: cpuBetween(before, readCpu(stage.watched)) });
    return deliveryTime(delivery) / 1_000;
  };
  return { run, traces };
}

const LOOK = 20; // ms

/**
 * The same for an author whose followers are not packed yet, because there have just become so many. Each run drops the
 * packs, and resolves when a worker has made them again. A small audience is never packed.
 */
export function oursUnpacked(stage: Stage, audience: Audience): Method {
  const { run } = ours(stage, audience);
  const { pool } = stage;
  const ofAuthor = 'FROM follower_pack WHERE followee_id = $1';
  const isPacked = async () =>
    (await pool.query(`SELECT ${ofAuthor} LIMIT 1`, [audience.authorId])).rowCount === 1;
  return async () => {
    const { rowCount: packs } = await pool.query(`DELETE ${ofAuthor}`, [audience.authorId]);
    const seconds = await run();
    while (packs && !(await isPacked())) await wait(LOOK);
    return seconds;
  };
}
