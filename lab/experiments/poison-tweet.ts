import { z } from 'zod';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';
import { deliveriesOf } from '#core/messages.ts';
import { readRow } from '#core/rows.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { untilFinished } from '#lab/check/settled.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { ALL_BROKERS, type StageExperiment } from './experiment.ts';
import { inSeconds } from './messages-in.ts';
import type { RunStage } from './run-stage.ts';

/** Eight attempts, with pauses of up to 1, 2, 4, … 64 s between them. See core/ledger/fail-chunk.ts. */
const LONGEST_S = 127;
const PATIENCE = 180_000; // ms

/** Makes one chunk fail every time until it is given up. Then it takes the cause away and retries the chunk. */
export const poisonTweet: StageExperiment = {
  info: {
    id: 'poison-tweet',
    title: 'A poison tweet',
    statement:
      'Work that fails every time must not be tried for ever, and must not hold up the work behind it.',
    question:
      'One chunk of a tweet fails at every attempt. What becomes of that tweet, and of those behind it?',
    answers: [
      { id: 'blocks', text: 'It is tried for ever, and the others wait.' },
      { id: 'dropped', text: 'It is dropped, and these followers never get it.' },
      { id: 'aside', text: 'It is put aside with its error; the others go on, and a retry delivers it.' },
    ],
    breaks:
      'Puts something that is no list in the place of one timeline of the stage: its chunk fails at every push.',
    why: 'The ledger counts the failures, lets each attempt wait longer than the one before, and gives the chunk up after eight (core/ledger/fail-chunk.ts). It is kept with its error until somebody retries it (core/ledger/retry-failed.ts); what was pushed has its receipt.',
    decision: 'docs/decisions/016-a-message-carries-four-chunks.md',
    size: { of: 'small tweets behind it', usual: 20, most: 200 },
    takes: 110,
    brokers: ALL_BROKERS,
  },
  needs: { followers: 10_000 },
  async run(run, stage) {
    const poison = await poisonTimeline(run, stage);
    const began = performance.now();
    const large = run.show(await run.post(run.largest));
    const behind = await run.postMany(run.options.size, { authors: poison.others });
    run.note('the large tweet has a chunk that fails at every attempt');
    await run.untilThese(behind, 60_000);
    const late = (await readDeliveries(stage.pool, [large]))[0]?.state;
    run.note(`those behind it are delivered, it is ${late}`);
    await run.waitFor(
      'eight attempts, each after a longer pause',
      LONGEST_S,
      untilFinished(stage.pool, PATIENCE),
    );
    const failed = (await readChunks(stage.pool, large)).filter(({ state }) => state === 'failed');
    const { dead } = await stage.broker.depth('delivery');
    run.note(
      `${failed.length} chunk is given up after ${inSeconds(performance.now() - began)}: ${failed[0]?.error}`,
    );
    await poison.remove();
    const numbers = await retryFailed(stage.pool, run.largest.id, large);
    await stage.broker.publish('delivery', deliveriesOf(large, numbers));
    run.note('the cause is gone, the chunk is retried');
    await run.untilFinished(60_000);
    return {
      answer: ({ accepted, delivered }) => {
        if (late === 'delivered' || failed.length === 0) return 'blocks';
        return delivered < accepted ? 'dropped' : 'aside';
      },
      measured: [
        { name: 'chunks given up', value: String(failed.length) },
        { name: 'attempts at it', value: String(failed[0]?.attempts ?? 0) },
        { name: 'dead letters in the broker', value: String(dead) },
        { name: 'tweets behind it, delivered meanwhile', value: String(behind.length) },
      ],
    };
  },
};

/**
 * Breaks the timeline of the first follower of a chunk, because a push that fails there has pushed to nobody. `others`
 * are small authors whom this follower does not follow, so their chunks are not broken.
 */
async function poisonTimeline(run: RunStage, { pool, store }: BreakableStage) {
  const { id, followees } = await readRow(pool, z.object({ id: z.int(), followees: z.array(z.int()) }), {
    text: `
      SELECT follower_id AS id, (SELECT array_agg(followee_id) FROM follow WHERE follower_id = f.follower_id) AS followees
      FROM follow f WHERE followee_id = $1 ORDER BY follower_id LIMIT 1`,
    values: [run.largest.id],
  });
  const key = timelineKey(id, store);
  await store.redis.rename(key, `aside:${key}`);
  await store.redis.set(key, 'no list');
  return {
    others: run.small.filter((author) => !followees.includes(author.id)),
    remove: () => store.redis.rename(`aside:${key}`, key),
  };
}
