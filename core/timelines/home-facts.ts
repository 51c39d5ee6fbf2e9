import type pg from 'pg';
import { z } from 'zod';
import type { KnownLayout } from '#core/ledger/layout.ts';
import { readRow } from '#core/rows.ts';
import type { Body, Followed } from '#core/timelines/home-cache.ts';
import { CHANGES_SQL, type Change } from '#core/timelines/home-changes.ts';
import { ANY_PULLED_SQL, pulledSql } from '#core/timelines/pulled.ts';
import { appOf, type Tweet } from '#core/tweets/tweet.ts';

/** A reader, and the range of ids in which his own newest tweets and pulled ones are wanted, `need` at most. */
export type Asked = { userId: number; below: number; above: number; need: number };

/** What the process does not know: tweets, whom readers follow, and whether a reader follows the author of a tweet. */
export type Missing = {
  bodies: number[];
  followed: number[];
  pairs: { userId: number; tweetId: number }[];
};

/** Whether the reader follows an author, by the author's id. */
export type Follows = Map<number, boolean>;

/** What was read, all in one snapshot of Postgres. */
export type Facts = {
  changes: Change[];
  /** The layout in force. */
  layout: KnownLayout;
  /** Whether any tweet was ever pulled. If so, and the question did not ask for pulled ones, the facts are not complete. */
  anyPulled: boolean;
  /**
   * In the order of the questions. `pending`: somebody newly followed is not backfilled yet. `overlaid`: own and pulled
   * tweets, the newest first.
   */
  readers: { isPending: boolean; overlaid: number[] }[];
  bodies: Map<number, Body | 'deleted'>;
  /** By the id of each reader who was asked for. */
  followed: Map<number, Followed>;
  pairs: Map<number, Follows>;
};

/** So many of those whom a reader follows are read and kept. For a reader who follows more, each page looks the rest up. */
const MOST_FOLLOWED = 5_000; // 40 KB, and 2 ms of Postgres' time

// Lookups of one row are written as subselects, so that no statistics can turn them into a scan of `follow`.
const OWN_SQL = `
  SELECT id FROM tweet WHERE author_id = a.reader AND id < a.below AND id > a.above AND deleted_at IS NULL
  ORDER BY id DESC LIMIT $5`;

const OWN_AND_PULLED_SQL = `
  SELECT id FROM (
    (${OWN_SQL}) UNION ALL
    (${pulledSql({ reader: 'a.reader', below: 'a.below', above: 'a.above', limit: '$5' })})
  ) overlaid
  ORDER BY id DESC LIMIT $5`;

const readersSql = (overlaid: string) => `(
  SELECT json_agg(json_build_array(
    (SELECT true FROM follow WHERE follower_id = a.reader AND backfilled_at IS NULL LIMIT 1) IS NOT NULL,
    (SELECT json_agg(id) FROM (${overlaid}) o)
  ) ORDER BY a.n)
  FROM unnest($2::int[], $3::bigint[], $4::bigint[]) WITH ORDINALITY a(reader, below, above, n)
)`;

const bodiesSql = (ids: string) => `(
  SELECT json_agg(json_build_array(t.id, t.text, t.created_at, u.id, u.handle, u.name, t.deleted_at IS NOT NULL,
    t.app_name, t.app_website))
  FROM tweet t JOIN "user" u ON u.id = t.author_id WHERE t.id = ANY(${ids})
)`;

const FOLLOWED_SQL = `(
  SELECT json_agg(json_build_array(reader, ARRAY(
    SELECT followee_id FROM follow WHERE follower_id = reader ORDER BY followee_id LIMIT ${MOST_FOLLOWED}
  ))) FROM unnest($7::int[]) reader
)`;

const PAIRS_SQL = `(
  SELECT json_agg(json_build_array(reader, author_id, (
    SELECT true FROM follow WHERE followee_id = author_id AND follower_id = reader LIMIT 1
  ) IS NOT NULL))
  FROM (
    SELECT DISTINCT a.reader, t.author_id
    FROM unnest($8::int[], $9::bigint[]) a(reader, id) JOIN tweet t ON t.id = a.id
  ) pairs
)`;

const LAYOUT_SQL = `(
  SELECT json_build_array(generation, shards) FROM timeline_layout ORDER BY generation DESC LIMIT 1
)`;

const lightSql = (overlaid: string) => `
  SELECT ${CHANGES_SQL} AS changes, ${LAYOUT_SQL} AS layout, ${readersSql(overlaid)} AS readers,
    ${ANY_PULLED_SQL} AS "anyPulled"`;
const MISSING_SQL = `${bodiesSql('$6::bigint[]')} AS bodies, ${FOLLOWED_SQL} AS followed, ${PAIRS_SQL} AS pairs`;

const [LIGHT, LIGHT_PULLED] = [lightSql(OWN_SQL), lightSql(OWN_AND_PULLED_SQL)];

/** The statements, by what is asked. Each is planned once. */
const STATEMENTS = {
  light: { name: 'home-light', text: LIGHT },
  full: { name: 'home-full', text: `${LIGHT}, ${MISSING_SQL}` },
  'light pulled': { name: 'home-light-pulled', text: LIGHT_PULLED },
  'full pulled': { name: 'home-full-pulled', text: `${LIGHT_PULLED}, ${MISSING_SQL}` },
};

const id = z.int();
const text = z.string();
/** Id, text, time, the author's id, handle and name, whether it is deleted, the app's name and website. */
const bodyRow = z.tuple([id, text, text, id, text, text, z.boolean(), text.nullable(), text.nullable()]);
const bodyRows = z.array(bodyRow).nullish();
const row = z.object({
  /** See {@link Change}. */
  changes: z.array(z.tuple([z.int(), z.string(), id.nullable(), id.nullable()])).nullable(),
  /** Generation and shards. */
  layout: z.tuple([z.int(), z.int()]),
  anyPulled: z.boolean(),
  /** Whether a new follow is not backfilled yet, and the tweets to overlay. */
  readers: z.array(z.tuple([z.boolean(), z.array(id).nullable()])).nullable(),
  bodies: bodyRows,
  /** The reader, and whom he follows. */
  followed: z.array(z.tuple([id, z.array(id)])).nullish(),
  /** The reader, the author, and whether the one follows the other. */
  pairs: z.array(z.tuple([id, id, z.boolean()])).nullish(),
});

type BodyRow = z.infer<typeof bodyRow>;
type Row = z.infer<typeof row>;

export type Question = { from: number | null; asked: Asked[]; missing: Missing; withPulled: boolean };

/** Reads all that pages need by one statement, which is planned once. When nothing is missing, a reader costs some 20 µs. */
export async function readFacts(
  pool: pg.Pool,
  { from, asked, missing, withPulled }: Question,
): Promise<Facts> {
  const need = Math.max(...asked.map((each) => each.need));
  const light = [from, column(asked, 'userId'), column(asked, 'below'), column(asked, 'above'), need];
  const { bodies, followed, pairs } = missing;
  const more = [bodies, followed, column(pairs, 'userId'), column(pairs, 'tweetId')];
  const isMissing = bodies.length + followed.length + pairs.length > 0;
  const statement = STATEMENTS[`${isMissing ? 'full' : 'light'}${withPulled ? ' pulled' : ''}`];
  const values = isMissing ? [...light, ...more] : light;
  return toFacts(await readRow(pool, row, { ...statement, values }));
}

const column = <Key extends string>(rows: Record<Key, number>[], key: Key) => rows.map((row) => row[key]);

/** Reads tweets by their ids. An id that no tweet has is left out. */
export async function readBodies(pool: pg.Pool, ids: number[]): Promise<Facts['bodies']> {
  if (ids.length === 0) return new Map();
  const { bodies } = await readRow(pool, z.object({ bodies: bodyRows }), {
    name: 'home-bodies',
    text: `SELECT ${bodiesSql('$1::bigint[]')} AS bodies`,
    values: [ids],
  });
  return toBodies(bodies ?? []);
}

function toFacts({ changes, layout, anyPulled, readers, bodies, followed, pairs }: Row): Facts {
  const [generation, shards] = layout;
  return {
    layout: { generation, shards },
    changes: changes ?? [],
    anyPulled,
    readers: (readers ?? []).map(([isPending, overlaid]) => ({ isPending, overlaid: overlaid ?? [] })),
    bodies: toBodies(bodies ?? []),
    followed: new Map(followed?.map(([userId, authors]) => [userId, toFollowed(authors)])),
    pairs: toPairs(pairs ?? []),
  };
}

const toFollowed = (authors: number[]): Followed => ({
  authors,
  upTo: authors.length < MOST_FOLLOWED ? Number.POSITIVE_INFINITY : (authors.at(-1) ?? 0),
});

function toPairs(rows: NonNullable<Row['pairs']>): Facts['pairs'] {
  const pairs: Facts['pairs'] = new Map();
  for (const [userId, authorId, isFollowed] of rows) {
    const authors = pairs.get(userId) ?? new Map<number, boolean>();
    pairs.set(userId, authors.set(authorId, isFollowed));
  }
  return pairs;
}

function toBodies(rows: BodyRow[]): Facts['bodies'] {
  const bodies: Facts['bodies'] = new Map();
  for (const [id, text, at, authorId, handle, name, isDeleted, app, website] of rows) {
    const author = { id: authorId, handle, name };
    const tweet: Tweet = { id, author, text, createdAt: new Date(at).toISOString(), ...appOf(app, website) };
    bodies.set(id, isDeleted ? 'deleted' : { id, authorId, json: inBytes(JSON.stringify(tweet)) });
  }
  return bodies;
}

/** A text as its bytes in UTF-8, a character each. */
export const inBytes = (text: string): string => Buffer.from(text).toString('latin1');
