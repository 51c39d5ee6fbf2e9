import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { postgresClock } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';
import { until } from '#dev/ports.ts';
import type { Session } from '#lab/clients/session.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { untilAccepted } from './served-again.ts';

const PATIENCE = 30 * SECOND;

/** Kills worker A while it holds chunks. Returns the ms until another worker has taken the last of them. */
export async function killWorker(stage: BreakableStage, author: Session): Promise<number> {
  const [victim] = stage.workers;
  if (!victim) throw new Error('Expected a worker');
  // Now workers take chunks and cannot finish them, so worker A surely has some when it is killed.
  for (const { links } of stage.workers) links.timelines.stall();
  const tweetId = await untilAccepted(author);
  const taken = await until(() => takenChunks(stage, tweetId), PATIENCE);
  const killedAt = await postgresClock(stage.pool);
  await victim.end('SIGKILL');
  for (const { links } of stage.workers) links.timelines.heal();
  const runAgainAt = await until(() => whenRunAgain(stage, tweetId, taken), PATIENCE);
  await victim.start();
  return runAgainAt.getTime() - killedAt.getTime();
}

const takenChunk = z.object({ number: z.number() });

async function takenChunks({ pool }: BreakableStage, tweetId: number): Promise<number[]> {
  const rows = await readRows(pool, takenChunk, {
    text: `SELECT number FROM chunk WHERE tweet_id = $1 AND worker = 'A' AND state = 'waiting'`,
    values: [tweetId],
  });
  if (rows.length === 0) throw new Error('Expected worker A to have taken a chunk');
  return rows.map((row) => row.number);
}

const runAgain = z.object({ count: z.number(), last: z.date().nullable() });

async function whenRunAgain({ pool }: BreakableStage, tweetId: number, chunks: number[]): Promise<Date> {
  const { count, last } = await readRow(pool, runAgain, {
    text: `SELECT count(*)::int, max(started_at) AS last FROM chunk
     WHERE tweet_id = $1 AND number = ANY($2) AND worker <> 'A'`,
    values: [tweetId, chunks],
  });
  if (count !== chunks.length || !last) throw new Error('Expected another worker to have taken all of them');
  return last;
}
