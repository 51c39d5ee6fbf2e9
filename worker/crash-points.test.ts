import { describe, expect, it, type TestContext } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { audit } from '#core/audit/audit.ts';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { publishFanOuts } from '#core/ledger/publish.ts';
import type { FanOut } from '#core/messages.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { expireLeases } from '#lab/faults/messages.ts';
import { CRASH_POINTS, type CrashPoint } from '#testing/crash-points/crash-points.ts';
import {
  startTrapped,
  type TrapOptions,
  type TrappedProcess,
} from '#testing/crash-points/trapped-process.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import { startWorker } from '#worker/start-worker.ts';

const CHUNK = 10; // followers
const AUTHOR = 1;
const OTHER = 2; // somebody who follows the author
const FOLLOWERS = { large: range(2, 96), small: range(2, 8), crowd: range(2, 8) }; // ten chunks, or one
const TWEETS = { large: 1, small: 1, crowd: 3 };
const COLD = 3; // of them have no timeline
const PATIENT = { timeout: 40_000, interval: 50 }; // a claimed fan-out is due again after 12 s

/** A tweet, or several, on the way in a world of their own, in which processes die. */
type Stage = {
  world: World;
  store: TimelineStore;
  broker: Broker;
  followers: number[];
  /** Those that are on their way. */
  drafts: TrapOptions['drafts'];
  /** The last one first. */
  onTestFinished: TestContext['onTestFinished'];
};

describe.concurrent('a process that dies loses nothing and repeats nothing', { timeout: 90_000 }, () => {
  for (const point of CRASH_POINTS) {
    it(`${point.step}: ${point.name}`, async (test) => {
      const stage = await openStage(point.audience, test);
      await setOut(stage, point);
      expect(await trap(stage, point).ended).toBe('SIGKILL');
      await arriveInTheEnd(stage, point);
    });

    it(`${point.step}: ${point.name}, twice, and every message comes twice`, async (test) => {
      const stage = await openStage(point.audience, test);
      await setOut(stage, point);
      expect(await trap(stage, point).ended).toBe('SIGKILL');
      if (!point.once) {
        await expireLeases(stage.world.postgres);
        await repeatMessages(stage);
        expect(await trap(stage, point).ended).toBe('SIGKILL');
      }
      await repeatMessages(stage);
      await arriveInTheEnd(stage, point);
    });
  }
});

describe.concurrent('a process that is frozen', { timeout: 90_000 }, () => {
  const point = pointOf('after a chunk is taken, before it is pushed');

  it('pushes nothing twice when it wakes up after another has delivered its chunk', async (test) => {
    const stage = await openStage(point.audience, test);
    const frozen = await freeze(stage, point);
    await arriveInTheEnd(stage, point);
    await wakeUp(frozen);
    await expectDeliveredOnce(stage);
  });

  it('pushes nothing twice when the store was emptied and rebuilt meanwhile, with all its receipts', async (test) => {
    const stage = await openStage(point.audience, test);
    const frozen = await freeze(stage, point);
    await arriveInTheEnd(stage, point);
    await stage.store.redis.flushdb();
    await eventually(async () => {
      for (const userId of stage.followers) expect(await sourceOf(stage, userId)).toBe('timeline');
    }, PATIENT);
    await wakeUp(frozen);
    await expectOnce(stage, { present: stage.followers.length, cold: 0 });
  });

  it('holds nobody up when it is frozen in the middle of its plan', async (test) => {
    const planning = pointOf('before the plan commits');
    const stage = await openStage(planning.audience, test);
    await freeze(stage, planning);
    await arriveInTheEnd(stage, planning);
  });

  it('holds nobody up when it is the process that posts, with the backlog in its hands', async (test) => {
    const posting = pointOf('before its transaction commits');
    const stage = await openStage(posting.audience, test);
    const { pool } = stage.world.postgres;
    await addFollowers(pool, OTHER, [AUTHOR]);
    await freeze(stage, posting);
    await post(pool, OTHER);
    await arriveInTheEnd(stage, posting);
  });
});

function pointOf(name: string): CrashPoint {
  const found = CRASH_POINTS.find((point) => point.name === name);
  if (!found) throw new Error(`Expected a crash point, got ${name}`);
  return found;
}

async function openStage(audience: CrashPoint['audience'], { onTestFinished }: TestContext): Promise<Stage> {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const { pool } = world.postgres;
  const followers = FOLLOWERS[audience];
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  await settleOnce(pool, store);
  await addUsers(pool, [AUTHOR, ...followers]);
  await addFollowers(pool, AUTHOR, followers);
  for (const userId of followers.slice(COLD))
    await readHome({ pool, timelines: store }, { userId, limit: 1 });
  const broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
  onTestFinished(() => broker.close(0));
  const draft = () => ({ authorId: AUTHOR, text: 'Hello', idempotencyKey: crypto.randomUUID() });
  const drafts = range(1, TWEETS[audience]).map(draft);
  return { world, store, broker, followers, drafts, onTestFinished };
}

/** Brings the tweets to where the process of the point takes them up. */
async function setOut(stage: Stage, { who, step }: CrashPoint): Promise<void> {
  if (who === 'poster') return;
  const fanOuts: FanOut[] = [];
  for (const draft of stage.drafts) fanOuts.push((await press(stage, draft)).delivery);
  if (step === 'relay') await expireLeases(stage.world.postgres);
  else await publish(stage, fanOuts);
}

/** Posts as the browser does: the same key for the same tweet, however often. */
async function press({ world }: Stage, draft: TrapOptions['drafts'][number]) {
  const posted = await postTweet(world.postgres.pool, draft);
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  return posted;
}

const publish = ({ broker, world }: Stage, fanOuts: FanOut[]): Promise<void> =>
  publishFanOuts(world.postgres.pool, (queue, messages) => broker.publish(queue, messages), fanOuts);

function trap(
  { world, drafts, onTestFinished }: Stage,
  gap: CrashPoint,
  signal: TrapOptions['signal'] = 'SIGKILL',
): TrappedProcess {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = world;
  const urls = { databaseUrl, queueRedisUrl, timelineRedisUrl };
  const trapped = startTrapped({ who: gap.who, gap, signal, urls, drafts, chunkSize: CHUNK });
  onTestFinished(() => trapped.signal('SIGKILL'));
  return trapped;
}

/** Copies, under keys that the broker has never seen, of every message that there can be. */
async function repeatMessages({ world, broker }: Stage): Promise<void> {
  const { rows } = await world.postgres.pool.query<{ tweetId: number; chunk: number | null }>(
    'SELECT f.tweet_id AS "tweetId", number AS chunk FROM fan_out f LEFT JOIN chunk c ON c.tweet_id = f.tweet_id',
  );
  const copy = (body: object) => ({ key: `copy-${crypto.randomUUID()}`, body });
  const tweetIds = [...new Set(rows.map((row) => row.tweetId))];
  const fanOuts = tweetIds.map((tweetId) => copy({ tweetId }));
  await broker.publish('fan-out', [...fanOuts, copy({ tweetIds })]);
  await broker.publish('delivery', rows.filter((row) => row.chunk !== null).map(copy));
}

/** What is started again after the death: whoever pressed the button asks again, and a worker works. */
async function arriveInTheEnd(stage: Stage, { who }: CrashPoint): Promise<void> {
  if (who === 'poster') await eventually(() => pressAgain(stage), PATIENT);
  startHealthyWorker(stage);
  await eventually(() => expectDeliveredOnce(stage), PATIENT);
  await eventually(() => expectNothingOnItsWay(stage), PATIENT);
  await expectDeliveredOnce(stage);
}

async function pressAgain(stage: Stage): Promise<void> {
  for (const draft of stage.drafts) {
    const { replayed, delivery } = await press(stage, draft);
    if (!replayed) await publish(stage, [delivery]);
  }
}

function startHealthyWorker({ world, broker, onTestFinished }: Stage): void {
  const worker = startWorker(
    workerContext({
      ...{ name: 'healthy', ...world.postgres, broker, hints: world.timelines, chunkSize: CHUNK },
    }),
    { fanOutConcurrency: 2, deliveryConcurrency: 2, log: () => {} },
  );
  onTestFinished(() => worker.stop(2_000));
}

/** Each tweet planned once, delivered to all, and in each timeline once. */
const expectDeliveredOnce = (stage: Stage) =>
  expectOnce(stage, { present: stage.followers.length - COLD, cold: COLD });

async function expectOnce(
  { world, store, followers, drafts }: Stage,
  found: { present: number; cold: number },
): Promise<void> {
  const { pool } = world.postgres;
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM tweet WHERE author_id = $1', [AUTHOR]);
  expect(rows).toHaveLength(drafts.length);
  const size = followers.length;
  for (const { id } of rows) {
    expect(await readDeliveries(pool, [id])).toMatchObject([
      { state: 'delivered', expected: size, delivered: size - COLD, cold: COLD, gone: 0 },
    ]);
    expect(await readChunks(pool, id)).toHaveLength(Math.ceil(size / CHUNK));
    expect(await audit(pool, store, id)).toMatchObject({ ...found, gone: 0, missing: 0, twice: 0 });
  }
  expect(await checkLedger(pool)).toEqual([]);
}

async function expectNothingOnItsWay({ broker }: Stage): Promise<void> {
  for (const queue of ['fan-out', 'delivery'] as const)
    expect(await broker.depth(queue)).toMatchObject({ waiting: 0, inFlight: 0 });
}

async function sourceOf({ world, store }: Stage, userId: number): Promise<string> {
  const stores = { pool: world.postgres.pool, timelines: store };
  return (await readHome(stores, { userId, limit: 5 })).source;
}

async function freeze(stage: Stage, point: CrashPoint): Promise<TrappedProcess> {
  await setOut(stage, point);
  const frozen = trap(stage, point, 'SIGSTOP');
  await frozen.there;
  return frozen;
}

/** Resolves when it has gone on with what it was about to do. */
async function wakeUp(frozen: TrappedProcess): Promise<void> {
  frozen.signal('SIGCONT');
  await frozen.passed;
}
