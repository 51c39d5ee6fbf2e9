import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers, post, range } from '#testing/people.ts';
import { rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HomeReader } from './home-reader.ts';
import { readHome } from './home-timeline.ts';
import { settleOnce } from './settle.ts';
import type { TimelineStore } from './timeline.ts';

/** What a page reads where authors have gone back and forth between push and pull for years. */
const READER = 1;
const AUTHORS = range(2, 21);
const INTERVALS = 5_000;

let world: World;
let timelines: TimelineStore;
let own: number[];
beforeAll(async () => {
  world = await openWorld();
  timelines = { redis: world.timelines, shards: 1, cap: 800 };
  await settleOnce(pool(), timelines);
  await addUsers(pool(), [READER, ...AUTHORS]);
  own = [await post(pool(), READER)];
  // Each of these tweets opens an interval of its author and the next one of any author closes it.
  await pool().query(
    `WITH written AS (
       INSERT INTO tweet (id, author_id, text)
       SELECT nextval('tweet_id_seq'), $1 + n % $2, 'Pulled' FROM generate_series(0, $3::int - 1) n RETURNING id, author_id
     )
     INSERT INTO pull_interval (author_id, from_id, to_id) SELECT author_id, id, id + 1 FROM written`,
    [AUTHORS[0], AUTHORS.length, INTERVALS],
  );
  own.unshift(await post(pool(), READER));
  await pool().query('VACUUM ANALYZE pull_interval');
  await pool().query('VACUUM ANALYZE tweet');
  await readHome(stores(), { userId: READER, limit: 20 }); // warm, with a floor below all
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const stores = () => ({ pool: pool(), timelines });

const readers = [
  [
    'the reader of a web process',
    (from: World['postgres']['pool']) => new HomeReader({ pool: from, timelines }),
  ],
  [
    'a page that is read alone',
    (from: World['postgres']['pool']) => ({
      read: (request: { userId: number; limit: number }) => readHome({ pool: from, timelines }, request),
    }),
  ],
] as const;

it.each(readers)('asks once for each author whether he is followed: %s', async (_, open) => {
  const follows = rowsRead(world, 'follow');
  const lookups = await follows.lookupsBy(async (pool) => {
    const { tweets } = await open(pool).read({ userId: READER, limit: 20 });
    expect(tweets.map(({ id }) => id)).toEqual(own);
  });
  await follows.close();
  expect(lookups).toBeLessThanOrEqual(50);
});
