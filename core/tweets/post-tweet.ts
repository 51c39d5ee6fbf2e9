import type pg from 'pg';
import { type AdmissionLimits, type Backlog, type Refused, refuse } from '#core/admission/admission.ts';
import { BACKLOG_COLUMNS, readBacklog } from '#core/admission/backlog.ts';
import { type PostRate, waitForRate } from '#core/admission/post-rate.ts';
import { DELIVERY_COLUMNS, type Delivery } from '#core/ledger/delivery.ts';
import { durableTransaction } from '#core/postgres.ts';
import { findKey, fingerprintOf, lockKey } from '#core/tweets/idempotency.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

export type NewTweet = { authorId: number; text: string; idempotencyKey: string };

/** What is committed with a new tweet or, when it throws, not at all, the tweet included. */
export type Alongside = (client: pg.PoolClient, tweetId: number) => Promise<void>;

/**
 * A closed set: `posted` once or replayed, the same key `in progress` elsewhere, the key used for another body
 * (`mismatch`), the system `full`, or the account `too fast`. The last two wrote nothing: the same key may come again.
 */
export type PostOutcome =
  | { outcome: 'posted'; replayed: boolean; tweet: Tweet; delivery: Delivery }
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | ({ outcome: 'full' } & Refused)
  | { outcome: 'too fast'; waitS: number };

export type PostLimits = AdmissionLimits & PostRate;

/** For tests and benches of the path itself. */
export const UNLIMITED: PostLimits = {
  maxWaitS: 1,
  maxBacklog: Number.MAX_SAFE_INTEGER,
  postsPerMinute: 1_000_000,
};

/**
 * Writes key, tweet and fan-out in one transaction: all of it or nothing. The fan-out row is the transactional
 * outbox, whoever publishes it does so afterwards. Constant work: the follower count is one column of the author's
 * row, no follower is read. Safe to repeat with the same key, also beside itself and after a crash at any point. On disk
 * when it resolves, also when a worker posts what was scheduled: an id that a crash took back, with timelines and a
 * receipt that hold it, would be drawn again for another tweet.
 */
export async function postTweet(
  pool: pg.Pool,
  draft: NewTweet & { alongside?: Alongside },
  limits = UNLIMITED,
): Promise<PostOutcome> {
  const refused = await refuseEarly(pool, draft, limits);
  if (refused) return { outcome: 'full', ...refused };
  try {
    return await durableTransaction(pool, (client) => post(client, draft, limits));
  } catch (error) {
    if (error instanceof Full) return { outcome: 'full', ...error.refused };
    throw error;
  }
}

async function post(
  client: pg.PoolClient,
  draft: NewTweet & { alongside?: Alongside },
  limits: PostLimits,
): Promise<PostOutcome> {
  const fingerprint = fingerprintOf({ text: draft.text });
  if (!(await lockKey(client, draft))) return { outcome: 'in progress' };
  const used = await findKey(client, draft);
  if (used) {
    if (used.fingerprint !== fingerprint || used.tweetId === null) return { outcome: 'mismatch' };
    return { outcome: 'posted', replayed: true, ...(await readAccepted(client, used.tweetId)) };
  }
  const waitS = await waitForRate(client, draft.authorId, limits);
  if (waitS > 0) return { outcome: 'too fast', waitS };
  const tweetId = await insertTweet(client, draft, fingerprint);
  await draft.alongside?.(client, tweetId);
  const accepted = await readAccepted(client, tweetId);
  await requireRoom(client, accepted.delivery.expected, limits);
  return { outcome: 'posted', replayed: false, ...accepted };
}

/**
 * Refuses what does not fit by one query that was planned once, without a transaction: overload must not cost more than
 * work. A key that was used before is let through, its answer is its tweet however full the system is.
 */
async function refuseEarly(
  pool: pg.Pool,
  { authorId, idempotencyKey }: NewTweet,
  limits: PostLimits,
): Promise<Refused | null> {
  const { rows } = await pool.query<Backlog & { expected: number; used: boolean }>({
    name: 'refuse-early',
    text: `SELECT ${BACKLOG_COLUMNS}, follower_count AS expected,
        EXISTS (SELECT FROM idempotency_key WHERE account_id = $1 AND key = $2) AS used
      FROM backlog, "user" WHERE "user".id = $1`,
    values: [authorId, idempotencyKey],
  });
  const [seen] = rows;
  return seen && !seen.used ? refuse(seen.expected, seen, limits) : null;
}

/**
 * Decides. Promising has locked the row of the backlog until the commit: what is read here holds this tweet and all
 * that were promised before, and no other can come between. So the bound is never exceeded, by any number of web
 * processes; a refusal rolls everything back.
 */
async function requireRoom(client: pg.PoolClient, expected: number, limits: PostLimits): Promise<void> {
  const backlog = await readBacklog(client);
  const before = { ...backlog, deliveries: backlog.deliveries - expected };
  const refused = refuse(expected, before, limits);
  if (refused) throw new Full(refused);
}

class Full extends Error {
  override name = 'Full';
  constructor(readonly refused: Refused) {
    super('The backlog is full');
  }
}

/**
 * The author's row is locked FOR SHARE before `nextval` draws the id, and following draws its `since` under the
 * same row's exclusive lock: so `since < id` holds for exactly the followers that `follower_count` counted, for
 * ever. That one comparison is what "owed by the fan-out" means everywhere (docs/decisions/002). Two seconds of
 * `due_at` leave the publishing to the web process; then the relay takes over.
 */
async function insertTweet(client: pg.PoolClient, draft: NewTweet, fingerprint: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `WITH author AS (
       SELECT id, follower_count FROM "user" WHERE id = $1 FOR SHARE
     ), posted AS (
       INSERT INTO tweet (id, author_id, text, created_at)
       SELECT nextval('tweet_id_seq'), id, $2, clock_timestamp() FROM author
       RETURNING id, author_id, created_at
     ), promised AS (
       INSERT INTO fan_out (tweet_id, author_id, expected, state, accepted_at, finished_at, due_at)
       SELECT posted.id, author_id, follower_count,
         (CASE WHEN follower_count = 0 THEN 'delivered' ELSE 'waiting' END)::fan_out_state,
         posted.created_at, CASE WHEN follower_count = 0 THEN posted.created_at END,
         posted.created_at + interval '2 seconds'
       FROM posted JOIN author ON author.id = author_id
     )
     INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id)
     SELECT $1, $3, $4, id FROM posted RETURNING tweet_id AS id`,
    [draft.authorId, draft.text, draft.idempotencyKey, fingerprint],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new UnknownAuthor(`Expected the id of an account, got ${draft.authorId}`);
  return id;
}

/** The author does not exist. */
export class UnknownAuthor extends Error {
  override name = 'UnknownAuthor';
}

/** The answer as it was at the moment of acceptance: a replayed key gets the very same one. */
async function readAccepted(client: pg.PoolClient, tweetId: number) {
  const { rows } = await client.query<
    Delivery & { text: string; createdAt: Date; handle: string; name: string }
  >(
    `SELECT ${DELIVERY_COLUMNS}, t.text, t.created_at AS "createdAt", u.handle, u.name
     FROM fan_out f JOIN tweet t ON t.id = f.tweet_id JOIN "user" u ON u.id = t.author_id WHERE f.tweet_id = $1`,
    [tweetId],
  );
  const row = rows[0];
  if (!row) throw new Error(`Expected a fan-out row for tweet ${tweetId}, found none`);
  const { text, createdAt, handle, name, ...ledger } = row;
  const tweet: Tweet = {
    id: tweetId,
    author: { id: ledger.authorId, handle, name },
    text,
    createdAt: createdAt.toISOString(),
  };
  return { tweet, delivery: asAccepted(ledger) };
}

function asAccepted(ledger: Delivery): Delivery {
  const nobody = ledger.expected === 0;
  return {
    tweetId: ledger.tweetId,
    authorId: ledger.authorId,
    state: nobody ? 'delivered' : 'waiting',
    expected: ledger.expected,
    delivered: 0,
    cold: 0,
    gone: 0,
    chunks: 0,
    chunksDone: 0,
    chunksFailed: 0,
    redeliveries: 0,
    acceptedAt: ledger.acceptedAt,
    publishedAt: null,
    startedAt: null,
    plannedAt: null,
    firstAt: null,
    medianAt: null,
    finishedAt: nobody ? ledger.acceptedAt : null,
    now: ledger.acceptedAt,
  };
}
