import { afterAll, beforeAll, expect, it } from 'vitest';
import { holesOf } from '#core/audit/invariants.ts';
import { isStoreAway } from '#core/away.ts';
import { beginRebuild, mergeTimeline } from '#core/timelines/merge.ts';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { shardOf, tagOf, timelineKey } from '#core/timelines/timeline.ts';
import { type ClusterStage, openClusterStage } from '#testing/cluster-stage.ts';
import { eventually } from '#testing/eventually.ts';
import { cutOff, join, pairedAgain, promote } from '#testing/fail-over.ts';
import { beginMove } from '#testing/move-slot.ts';
import { range } from '#testing/people.ts';

const LONG = 120_000;

let stage: ClusterStage;
let many: number;
let few: number;
beforeAll(async () => {
  stage = await openClusterStage({ replicas: true });
  many = await stage.author('many', 30_000);
  few = await stage.author('few', 12);
}, LONG);
afterAll(() => stage.close(), LONG);

const pool = () => stage.world.postgres.pool;

/** A master and its replica. */
function pair(n: number) {
  const [master, replica] = [stage.cluster.nodes[n], stage.cluster.replicas[n]];
  if (!master || !replica) throw new Error('Expected a master with a replica');
  return { master, replica };
}

/** Every tweet is in each timeline once, and on the pages of some of its readers, as soon as tweets are delivered again. */
async function expectWhole(tweets: number[]): Promise<void> {
  await stage.delivered(await stage.post(few));
  for (const tweet of tweets) {
    expect(await stage.delivered(tweet)).toMatchObject({ gone: 0 });
    expect(await stage.readBack(tweet)).toMatchObject({ missing: 0, twice: 0, gone: 0 });
  }
  for (const userId of [...range(few + 1, few + 12), ...range(many + 1, many + 6)])
    expect(await holesOf({ pool: pool(), timelines: stage.timelines }, userId)).toEqual([]);
}

it(
  'loses nothing when a master is killed in the middle, and its replica takes its place',
  async () => {
    const { master, replica } = pair(0);
    const tweets = await Promise.all([stage.post(many), stage.post(few), stage.post(many)]);
    await master.kill();
    await promote(replica);
    await expectWhole(tweets);
    await master.restart();
    await pairedAgain([master, replica]);
  },
  LONG,
);

it(
  'delivers again what a replica lacks that has taken the place of its master',
  async () => {
    const { master, replica } = pair(1);
    await cutOff(master, replica);
    const tweets = await Promise.all([stage.post(many), stage.post(few)]);
    for (const tweet of tweets) await stage.delivered(tweet);
    await expectWhole(tweets);
    await master.kill();
    await promote(replica);
    await expectWhole(tweets);
    await join(replica);
    await master.restart();
    await pairedAgain([master, replica]);
  },
  LONG,
);

/** A slot of a shard, and the masters that hold it now and do not. Shard 2 is on the one master that no test has killed. */
function moving() {
  const { timelines, cluster } = stage;
  const [from, to] = [cluster.nodes[2], cluster.replicas[0]]; // which has taken the place of its master
  if (!from || !to) throw new Error('Expected two masters');
  return { from, to, slot: slotOf(tagOf(timelines, 2)) };
}

it(
  'runs nothing on a shard whose slot is being moved, and delivers when it has arrived',
  async () => {
    const { from, to, slot } = moving();
    const { timelines } = stage;
    const [reader = 0] = range(many + 1, many + 3).filter((id) => shardOf(id, timelines) === 2);
    await timelines.redis.del(timelineKey(reader, timelines));
    expect(await beginRebuild(timelines, reader, 'before the move')).toBe('begun');
    const tweets = await Promise.all([stage.post(many), stage.post(many)]);
    const move = await beginMove(slot, { from, to });
    await move.moveSome(3_000);
    tweets.push(await stage.post(few));
    const rebuilt = { token: 'before the move', floor: 0, entries: [] };
    await expect(mergeTimeline(timelines, reader, rebuilt)).rejects.toSatisfy(isStoreAway);
    await expect(readTimeline(timelines, reader)).rejects.toSatisfy(isStoreAway);
    expect((await stage.homes.read({ userId: reader, limit: 5 })).source).toBe('postgres');
    await move.finish();
    await expectWhole(tweets);
  },
  LONG,
);

it(
  'delivers nothing while a shard lies on two masters, because its move was broken off',
  async () => {
    const { from: to, to: from, slot } = moving();
    const move = await beginMove(slot, { from, to });
    await move.moveSome(3_000);
    await eventually(() => expect(stage.epochs.some(({ known }) => known.has(2))).toBe(false), {
      timeout: LONG,
    });
    await move.breakOff();
    await eventually(() => expect(stage.complaints.join()).toMatch(/all keys of slot \d+ on/), {
      timeout: LONG,
    });
    const tweets = await Promise.all([stage.post(many), stage.post(few)]);
    expect(await readTimeline(stage.timelines, 2)).toEqual({ outcome: 'unsettled' });
    await (await beginMove(slot, { from, to, again: true })).finish();
    await expectWhole(tweets);
  },
  LONG,
);
