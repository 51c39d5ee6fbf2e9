import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import type { Findings } from '#lab/harness/findings.ts';
import type { Random } from '#lab/harness/random.ts';
import { type Caller, request } from './session.ts';

const LIMIT = 50;
const homePage = z.object({
  tweets: z.array(z.object({ id: z.number() })),
  nextCursor: z.string().nullable(),
  source: z.string().optional(),
});

type Checked = { pool: pg.Pool; findings: Findings };

const PACE = [50, 150] as const; // ms between two pages

/** Reads one home page after another until `signal`. Returns how many could be compared. */
export async function keepReading(
  { actors, random, ...checked }: Checked & { actors: Caller[]; random: Random },
  signal: AbortSignal,
): Promise<number> {
  let compared = 0;
  while (!signal.aborted) {
    if (await readHomeOf(random.pick(actors), checked)) compared++;
    await sleep(random.between(...PACE), undefined, { signal }).catch(() => {});
  }
  return compared;
}

/**
 * Reads the first page of somebody's home timeline and compares it with what Postgres knew before. If a delivered tweet
 * is not there, that is a hole. No tweet may be there twice. Returns true when the page could be compared.
 */
async function readHomeOf(reader: Caller, { pool, findings }: Checked): Promise<boolean> {
  const owed = await owedTo(pool, reader.id).catch(() => null);
  const answer = await request(reader, { method: 'GET', path: `/api/timelines/home?limit=${LIMIT}` });
  if (answer?.status !== 200 || !owed) return false;
  const page = homePage.parse(answer.body);
  const shown = page.tweets.map((tweet) => tweet.id);
  for (const id of repeated(shown)) findings.add('twice', `tweet ${id} on the home page of ${reader.handle}`);
  const from = page.nextCursor === null ? 0 : Math.min(...shown);
  const absent = await stillOwed(
    pool,
    reader.id,
    owed.filter(({ id }) => id >= from && !shown.includes(id)),
  );
  if (absent.length > 0)
    findings.add(
      'hole',
      `tweets ${absent.map(({ id }) => id)} were delivered and are not on the home page of ${reader.handle}, ` +
        `which has ${shown} from ${page.source}`,
    );
  return true;
}

const repeated = (ids: number[]) => ids.filter((id, index) => ids.indexOf(id) !== index);

const owedTweet = z.object({ id: z.number(), since: z.number() });
type Owed = z.infer<typeof owedTweet>;

/** These tweets must be there: those older than the follow, which its backfill brings, and those that are delivered. */
const OWED = `t.deleted_at IS NULL AND (t.id < f.since OR o.state = 'delivered' OR o.tweet_id IS NULL)`;

/** The newest tweets that a reader must see now. */
async function owedTo(pool: pg.Pool, readerId: number): Promise<Owed[]> {
  return readRows(pool, owedTweet, {
    text: `SELECT t.id, f.since FROM follow f JOIN tweet t ON t.author_id = f.followee_id
     LEFT JOIN fan_out o ON o.tweet_id = t.id
     WHERE f.follower_id = $1 AND ${OWED}
     ORDER BY t.id DESC LIMIT $2`,
    values: [readerId, LIMIT],
  });
}

/**
 * Leaves out tweets that were deleted or unfollowed meanwhile, and tweets whose delivery a crash of Postgres took back. While Postgres is away nothing can be proved, so the result is empty.
 */
async function stillOwed(pool: pg.Pool, readerId: number, absent: Owed[]): Promise<Owed[]> {
  if (absent.length === 0) return [];
  return readRows(pool, owedTweet, {
    text: `SELECT t.id, f.since FROM unnest($2::bigint[], $3::bigint[]) owed(id, since)
       JOIN tweet t ON t.id = owed.id JOIN follow f ON f.followee_id = t.author_id AND f.since = owed.since
       LEFT JOIN fan_out o ON o.tweet_id = t.id
       WHERE f.follower_id = $1 AND ${OWED}`,
    values: [readerId, absent.map((each) => each.id), absent.map((each) => each.since)],
  }).catch(() => []);
}
