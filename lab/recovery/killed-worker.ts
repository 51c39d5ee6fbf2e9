import { postgresClock } from '#core/postgres.ts';
import { until } from '#dev/ports.ts';
import type { Session } from '../chaos/load/call.ts';
import type { Stage } from '../chaos/stage/stage.ts';
import { untilAccepted } from './served-again.ts';

const PATIENCE = 30_000; // ms

/** Kills worker A with chunks in its hands; returns the ms until another has taken the last of them. */
export async function killWorker(stage: Stage, author: Session): Promise<number> {
  const [doomed] = stage.workers;
  if (!doomed) throw new Error('Expected a worker');
  // They take chunks and cannot finish them, so that there is one to be killed with.
  for (const { links } of stage.workers) links.timelines.stall();
  const tweetId = await untilAccepted(author);
  const inHand = await until(() => chunksInHand(stage, tweetId), PATIENCE);
  const killedAt = await postgresClock(stage.pool);
  await doomed.part.end('SIGKILL');
  for (const { links } of stage.workers) links.timelines.heal();
  const runAgainAt = await until(() => whenRunAgain(stage, tweetId, inHand), PATIENCE);
  await doomed.part.start();
  return runAgainAt.getTime() - killedAt.getTime();
}

async function chunksInHand({ pool }: Stage, tweetId: number): Promise<number[]> {
  const { rows } = await pool.query<{ number: number }>(
    `SELECT number FROM chunk WHERE tweet_id = $1 AND worker = 'A' AND state = 'waiting'`,
    [tweetId],
  );
  if (rows.length === 0) throw new Error('Expected worker A to have a chunk in its hands');
  return rows.map((row) => row.number);
}

async function whenRunAgain({ pool }: Stage, tweetId: number, chunks: number[]): Promise<Date> {
  const { rows } = await pool.query<{ count: number; last: Date }>(
    `SELECT count(*)::int, max(started_at) AS last FROM chunk
     WHERE tweet_id = $1 AND number = ANY($2) AND worker <> 'A'`,
    [tweetId, chunks],
  );
  if (rows[0]?.count !== chunks.length) throw new Error('Expected another worker to have taken all of them');
  return rows[0].last;
}
