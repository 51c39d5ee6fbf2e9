import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { type TestServer, Unavailable } from '#broker/conformance/fixture.ts';
import { FIXTURES } from '#broker/conformance/fixtures.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { readPause, setPaused } from '#core/admission/pause.ts';
import { LEASE } from '#core/ledger/publish.ts';
import { fanOutOf } from '#core/messages.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import { startWorker } from '#worker/start-worker.ts';
import { Consumption } from './consumption.ts';

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

describe('a rest', () => {
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  /** One whose store and clock a test moves. */
  function open() {
    const state = { isStoreHere: true, now: 0, starts: 0, stops: 0 };
    const consumer = { resize: () => {}, stop: async () => void state.stops++ };
    const consumption = new Consumption({
      pool: world.postgres.pool,
      start: () => {
        state.starts++;
        return [consumer];
      },
      isStoreHere: () => state.isStoreHere,
      now: () => state.now,
    });
    return { state, consumption };
  }

  it('begins when the store is away and ends when it is back, paused or not', async () => {
    const { state, consumption } = open();
    await consumption.look();
    expect(state).toMatchObject({ starts: 1, stops: 0 });
    state.isStoreHere = false;
    for (const _ of range(1, 3)) await consumption.look();
    expect(state).toMatchObject({ starts: 1, stops: 1 });
    await setPaused(world.postgres.pool, true);
    state.isStoreHere = true;
    await consumption.look();
    expect(state).toMatchObject({ starts: 1, stops: 1 });
    await setPaused(world.postgres.pool, false);
    await consumption.look();
    expect(state).toMatchObject({ starts: 2, stops: 1 });
  });

  it('keeps the relay away for as long as it lasted, and for a lease at most', async () => {
    const { state, consumption } = open();
    const restFor = async (ms: number) => {
      state.isStoreHere = false;
      await consumption.look();
      state.now += ms;
      expect(consumption.catchingUp).toBe(true);
      state.isStoreHere = true;
      await consumption.look();
    };
    const isCatchingUpAfter = (ms: number) => {
      state.now += ms;
      return consumption.catchingUp;
    };
    await consumption.look();
    expect(consumption.catchingUp).toBe(false); // it has just started: whatever is due is due
    await restFor(300);
    expect([isCatchingUpAfter(299), isCatchingUpAfter(1)]).toEqual([true, false]);
    await restFor(600_000);
    expect([isCatchingUpAfter(LEASE - 1), isCatchingUpAfter(1)]).toEqual([true, false]);
  });
});

function startOne(name: string): void {
  const worker = startWorker(
    workerContext({ ...{ name, ...world.postgres, broker, hints: world.timelines, chunkSize: 10 } }),
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
  return eventually(async () => {
    const { rows } = await world.postgres.pool.query<{ at: Date | null }>(
      'SELECT started_at AS at FROM fan_out WHERE tweet_id = $1',
      [tweetId],
    );
    if (!rows[0]?.at) throw new Error(`Tweet ${tweetId} was not taken`);
    return rows[0].at;
  });
}

async function past(ms: number): Promise<void> {
  const begun = performance.now();
  await eventually(() => expect(performance.now() - begun).toBeGreaterThan(ms), { timeout: 2 * ms });
}
