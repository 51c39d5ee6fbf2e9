import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { type TestServer, Unavailable } from '#broker/conformance/fixture.ts';
import { FIXTURES } from '#broker/conformance/fixtures.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { readPause, setPaused } from '#core/admission/pause.ts';
import { fanOutOf } from '#core/messages.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';
import { startWorker } from '#worker/start-worker.ts';

const OBEYED = 2_000; // ms
const START = 60_000; // ms; a server may have to be installed first

let world: World;
let broker: Broker;

describe.each(FIXTURES)('a pause on $name', ({ start }) => {
  let server: TestServer | undefined;
  let missing = '';
  beforeAll(async () => {
    world = await openWorld();
    const { pool } = world.postgres;
    await settleOnce(pool, { redis: world.timelines, shards: 1, cap: 800 });
    await addUsers(pool, range(1, 5));
    await addFollowers(pool, 1, range(2, 5));
    server = await start().catch((error: Error) => {
      if (!(error instanceof Unavailable) || process.env.CI) throw error;
      missing = error.message;
      return undefined;
    });
    if (server) broker = openBroker(server.config);
  }, START);
  afterAll(async () => {
    if (server) await broker.close(0);
    await server?.stop();
    await world.close();
  }, START);
  const onServer = (run: () => Promise<void>) => async (test: TestContext) => {
    if (missing) test.skip(missing);
    await run();
  };

  it(
    'keeps all workers from taking deliveries, and lets them go on within 2 s, without losing one',
    onServer(async () => {
      const { pool } = world.postgres;
      for (const name of ['A', 'B']) startOne(name);
      expect((await startOf(await publish())).getTime()).toBeGreaterThan(0);

      await setPaused(pool, true);
      await past(OBEYED);
      const tweets = await Promise.all(range(1, 5).map(publish));
      const { since } = await setPaused(pool, false);

      for (const tweet of tweets) {
        const waited = (await startOf(tweet)).getTime() - Date.parse(since);
        expect(waited).toBeGreaterThanOrEqual(0);
        expect(waited).toBeLessThan(OBEYED);
      }
    }),
  );

  it(
    'is obeyed by a worker that starts in the middle of it',
    onServer(async () => {
      const { pool } = world.postgres;
      await setPaused(pool, true);
      const tweet = await publish();
      startOne('late');
      await past(OBEYED);
      const { since } = await setPaused(pool, false);
      expect((await startOf(tweet)).getTime()).toBeGreaterThanOrEqual(Date.parse(since));
    }),
  );

  it('has one beginning, however often it is asked for', async () => {
    const { pool } = world.postgres;
    const first = await setPaused(pool, true);
    expect(await setPaused(pool, true)).toEqual(first);
    expect(await readPause(pool)).toEqual(first);
    expect((await setPaused(pool, false)).paused).toBe(false);
  });
});

function startOne(name: string): void {
  const timelines = { redis: world.timelines, shards: 1, cap: 800 };
  const worker = startWorker(
    {
      ...{ name, ...world.postgres, broker, epochs: new Epochs(), hints: world.timelines },
      lanes: { small: smallLane(timelines), large: largeLane(timelines, timelines.redis) },
      chunkSize: 10,
    },
    { fanOutConcurrency: 2, deliveryConcurrency: 2, log: () => {} },
  );
  onTestFinished(() => worker.stop(2_000));
}

async function publish(): Promise<number> {
  const tweetId = await post(world.postgres.pool, 1);
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  return tweetId;
}

/** When a worker took the tweet, by Postgres' clock. */
function startOf(tweetId: number): Promise<Date> {
  return vi.waitFor(
    async () => {
      const { rows } = await world.postgres.pool.query<{ at: Date | null }>(
        'SELECT started_at AS at FROM fan_out WHERE tweet_id = $1',
        [tweetId],
      );
      if (!rows[0]?.at) throw new Error(`Tweet ${tweetId} was not taken`);
      return rows[0].at;
    },
    { timeout: 10_000, interval: 20 },
  );
}

async function past(ms: number): Promise<void> {
  const begun = performance.now();
  await vi.waitFor(() => expect(performance.now() - begun).toBeGreaterThan(ms), { timeout: 2 * ms });
}
