import { afterAll, beforeAll, expect, it } from 'vitest';
import { holesOf } from '#core/audit/invariants.ts';
import { HintSource } from '#core/hints.ts';
import { PROGRESS } from '#core/ledger/delivery.ts';
import { changeShards, readLayout, retiredLayouts } from '#core/ledger/layout.ts';
import { openListener } from '#core/listener.ts';
import { tagIn } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { keysWith } from '#core/timelines/scan.ts';
import { slotOf, tagsOf } from '#core/timelines/shard-tags.ts';
import { type ClusterStage, openClusterStage } from '#testing/cluster-stage.ts';
import { eventually } from '#testing/eventually.ts';
import { holds } from '#testing/move-slot.ts';
import { range } from '#testing/people.ts';
import { gate } from '#testing/task-stage.ts';
import { largeLane } from './lanes.ts';

const LONG = 60_000;

let stage: ClusterStage;
let many: number;
let few: number;
beforeAll(async () => {
  stage = await openClusterStage();
  many = await stage.author('many', 100_000);
  few = await stage.author('few', 12);
}, LONG);
afterAll(() => stage.close(), LONG);

const pool = () => stage.world.postgres.pool;

/** The shards of a tweet's chunks, in the order of the plan. */
async function shardsOf(tweetId: number): Promise<number[]> {
  const { rows } = await pool().query<{ shard: number }>(
    'SELECT shard FROM chunk WHERE tweet_id = $1 ORDER BY number',
    [tweetId],
  );
  return rows.map(({ shard }) => shard);
}

it(
  'delivers a tweet to 100,000 followers, and goes round the three masters with its chunks',
  async () => {
    const tweet = await stage.post(many);
    expect(await stage.delivered(tweet)).toMatchObject({ expected: 100_000, delivered: 100_000, cold: 0 });
    expect(await stage.readBack(tweet)).toMatchObject({ present: 100_000, missing: 0, twice: 0 });
    const planned = await shardsOf(tweet);
    expect(planned).toEqual(planned.map((_, n) => n % 3));
  },
  LONG,
);

it('delivers a small tweet as one chunk, whose followers are on all masters', async () => {
  const tweet = await stage.post(few);
  expect(await stage.delivered(tweet)).toMatchObject({ expected: 12, delivered: 12, chunks: 1 });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 12, missing: 0, twice: 0 });
});

it(
  'misses nobody and reaches nobody twice when a master is killed in the middle, and comes back empty',
  async () => {
    const node = await nodeOfHints();
    const ear = listen();
    await eventually(() => expect(ear.heard).toEqual(['resync']), { timeout: LONG });
    const tweets = await Promise.all([stage.post(many), stage.post(few), stage.post(many)]);
    await eventually(async () => expect((await shardsOf(tweets[0])).length).toBeGreaterThan(4), {
      timeout: LONG,
    });
    await node?.kill();
    await node?.restart();
    for (const tweet of tweets) {
      await stage.delivered(tweet);
      expect(await stage.readBack(tweet)).toMatchObject({ missing: 0, twice: 0, gone: 0 });
    }
    await eventually(() => expect(ear.heard.filter(isResync).length).toBeGreaterThan(1), { timeout: LONG });
    ear.heard.length = 0;
    const after = await stage.post(few);
    expect(await stage.delivered(after)).toMatchObject({ expected: 12 });
    await eventually(() => expect(ear.heard).toContain('finished'), { timeout: LONG });
    ear.close();
    expect(await stage.homes.read({ userId: few + 2, limit: 1 })).toMatchObject({ tweets: [{ id: after }] });
  },
  LONG,
);

/** The master to which the listeners are connected. */
async function nodeOfHints() {
  const slot = slotOf(PROGRESS.nameOn(stage.timelines.redis));
  const held = await Promise.all(stage.cluster.nodes.map((node) => holds(node, slot)));
  return stage.cluster.nodes[held.indexOf(true)];
}

/** Hears hints as a web process does. */
function listen() {
  const heard: string[] = [];
  const connection = openListener(stage.cluster.url, 'ear');
  new HintSource(PROGRESS, () => connection).listen((hint) =>
    heard.push(hint === 'resync' ? hint : hint.kind),
  );
  return { heard, close: () => connection.disconnect() };
}

const isResync = (hint: string): boolean => hint === 'resync';

it('has as many large pushes under way at once as it may, over all masters', async () => {
  const lane = largeLane(stage.timelines, stage.timelines.redis, new Epochs(), 2);
  const gates = [gate(), gate(), gate()] as const;
  const begun: number[] = [];
  const [first, second, third] = gates.map(({ opened }, shard) =>
    lane.inTurn(shard, async () => {
      begun.push(shard);
      await opened;
      if (shard === 0) throw new Error('No list');
    }),
  );
  gates[1].open();
  await second;
  expect(begun).toEqual([0, 1]);
  gates[0].open();
  await expect(first).rejects.toThrow('No list');
  gates[2].open();
  await third;
  expect(begun).toEqual([0, 1, 2]);
});

it(
  'leaves no hole and no key when the number of shards changes under load, there and back',
  async () => {
    const load = new AbortController();
    const tweets: number[] = [];
    const readers = [...range(few + 1, few + 12), ...range(many + 1, many + 12)];
    const posting = (async () => {
      while (!load.signal.aborted) tweets.push(await stage.post(tweets.length % 4 === 0 ? many : few));
    })();
    const reading = (async () => {
      for (let n = 0; !load.signal.aborted; n++)
        await stage.homes.read({ userId: readers[n % readers.length] ?? 0, limit: 20 });
    })();
    for (const shards of [1, 3]) {
      const posted = tweets.length;
      expect(await changeShards(pool(), shards)).toBe(true);
      await eventually(() => expect(tweets.length).toBeGreaterThan(posted + 8), { timeout: LONG });
    }
    load.abort();
    await Promise.all([posting, reading]);
    for (const tweet of tweets) {
      expect(await stage.delivered(tweet)).toMatchObject({ gone: 0 });
      expect(await stage.readBack(tweet)).toMatchObject({ missing: 0, twice: 0, gone: 0 });
    }
    for (const userId of readers)
      expect(await holesOf({ pool: pool(), timelines: stage.timelines }, userId)).toEqual([]);
    await eventually(async () => expect(await retiredLayouts(pool())).toEqual([]), { timeout: LONG });
    expect(await tagsInStore()).toEqual(new Set(tagsOf(await readLayout(pool()))));
  },
  LONG,
);

/** The tags of all keys of the store. */
async function tagsInStore(): Promise<Set<string>> {
  const tags = new Set<string>();
  for await (const keys of keysWith(stage.timelines.redis, '', 1_000))
    for (const key of keys) tags.add(tagIn(key));
  return tags;
}
