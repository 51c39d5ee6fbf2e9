import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AUDITS, AuditLine } from '#core/audit/line.ts';
import { HintSource } from '#core/hints.ts';
import { PROGRESS } from '#core/ledger/delivery.ts';
import { openRedis } from '#core/redis.ts';
import { deliverAgain, deliverTweet } from '#testing/delivered-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import { streamPosts, WatchedDeliveries } from './delivery-topic.ts';
import { EventStream } from './event-stream.ts';
import { streamTweet, WatchedAudits, WatchedChunks } from './tweet-topic.ts';

let world: World;
let tweetId: number;
const AUTHOR = 1;

beforeAll(async () => {
  world = await openWorld();
  tweetId = await deliverTweet(world.postgres.pool, store(), { authorId: AUTHOR, followers: 10 });
});
afterAll(() => world.close());

const store = () => ({ redis: world.timelines, shards: 1, cap: 800 });

it('one hint is one read of the tweet and one of its chunks, however many streams show it', async () => {
  const { pool } = world.postgres;
  const redis = openRedis(world.timelineRedisUrl, 'progress');
  const progress = new HintSource(PROGRESS, () => redis);
  const deliveries = new WatchedDeliveries({ pool, progress });
  const chunks = new WatchedChunks({ pool, progress, deliveries });
  const hints = new HintSource(AUDITS, () => redis);
  const watchedAudits = new WatchedAudits({ line: new AuditLine(pool), hints });
  const query = vi.spyOn(pool, 'query');
  const reads = (table: string) =>
    query.mock.calls.filter(([statement]) => JSON.stringify(statement).includes(`FROM ${table}`)).length;
  const streams = Array.from({ length: 50 }, () => new EventStream());
  const heard = streams.map(listen);
  for (const [n, stream] of streams.entries()) {
    if (n % 2) streamTweet(stream, { deliveries, chunks, watchedAudits }, tweetId);
    else await streamPosts(stream, { pool, progress, deliveries }, AUTHOR);
  }
  for (const [n, text] of heard.entries()) {
    await eventually(() => expect(text()).toContain('event: delivery'));
    if (n % 2) await eventually(() => expect(text()).toContain('event: chunks'));
  }
  await eventually(() => expect(redis.status).toBe('ready'));
  query.mockClear();
  await deliverAgain(pool, store(), { tweetId, number: 1 });
  query.mockClear();
  for (let told = 0; told < 20; told++)
    PROGRESS.tell(world.timelines, { kind: 'changed', tweetId, delivery: { tweetId, authorId: AUTHOR } });
  for (const [n, text] of heard.entries())
    if (n % 2) await eventually(() => expect(text().split('event: chunks').length).toBe(3));
  // Two when all hints come at one moment, which a busy machine may draw out. One a stream would be 50 and 25 at least.
  expect(reads('fan_out')).toBeLessThan(15);
  expect(reads('chunk')).toBeLessThan(15);
  for (const stream of streams) stream.end();
  redis.disconnect();
});

it('a stream that ends while its snapshot is read watches nothing', async () => {
  const { pool } = world.postgres;
  const redis = openRedis(world.timelineRedisUrl, 'progress');
  const progress = new HintSource(PROGRESS, () => redis);
  const deliveries = new WatchedDeliveries({ pool, progress });
  const watch = vi.spyOn(deliveries, 'watch');
  const stream = new EventStream();
  const begun = streamPosts(stream, { pool, progress, deliveries }, AUTHOR);
  stream.end();
  await begun;
  expect(watch).not.toHaveBeenCalled();
  redis.disconnect();
});

/** What a stream has sent so far. */
function listen({ response }: EventStream): () => string {
  let text = '';
  void (async () => {
    for await (const piece of response.body ?? []) text += new TextDecoder().decode(piece);
  })();
  return () => text;
}
