import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { HintChannel, HintSource } from '#core/hints.ts';
import { openStore, type StoreClient } from '#core/redis.ts';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { type ClusterNode, startCluster, startClusterNode, type TestCluster } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import { pairedAgain, promote } from '#testing/fail-over.ts';
import { Link } from '#testing/link.ts';
import { beginMove, holds } from '#testing/move-slot.ts';
import { openWorld } from '#testing/world.ts';
import { openListener } from './listener.ts';

const LONG = 120_000; // ms
const PATIENCE = 500; // ms

const CHANNEL = new HintChannel('news', z.int());
const SLOT = slotOf('news');

const folder = openTempFolder('listener');
let cluster: TestCluster;
let teller: StoreClient;
beforeAll(async () => {
  cluster = await startCluster(folder.dir, 3, { replicas: true, nodeTimeoutMs: 5_000 });
  teller = openStore(cluster.url, 'teller');
}, LONG);
afterAll(async () => {
  teller.disconnect();
  await cluster.stop();
  folder.remove();
});

/** Hears hints as a process does, and has already heard that it listens. */
async function listen(connection: Redis) {
  onTestFinished(() => connection.disconnect());
  const heard: unknown[] = [];
  new HintSource(CHANNEL, () => connection).listen((hint) => heard.push(hint));
  await eventually(() => expect(heard).toEqual(['resync']));
  return heard;
}

/** The master that holds the channel's slot, its replica, and another master. */
async function masters() {
  const held = await Promise.all(cluster.nodes.map((node) => holds(node, SLOT)));
  const at = held.indexOf(true);
  const [owner, replica, other] = [cluster.nodes[at], cluster.replicas[at], cluster.nodes[(at + 1) % 3]];
  if (!owner || !replica || !other) throw new Error('Expected a master that holds the slot of the channel');
  return { owner, replica, other };
}

/** Who listens at a node, by the channel's kind. */
const listenersAt = async (node: ClusterNode, kind: 'NUMSUB' | 'SHARDNUMSUB') =>
  Number(/:(\d+)/.exec(await node.tell(`PUBSUB ${kind} news`))?.[1]);

it('hears what goes to one master and to no other, by whichever node it begins', async () => {
  const ears = await Promise.all(
    cluster.nodes.map(({ url }) => listen(openListener(url.replace('redis:', 'redis-cluster:'), 'ear'))),
  );
  const { owner } = await masters();
  for (const node of cluster.nodes) {
    expect(await listenersAt(node, 'SHARDNUMSUB')).toBe(node === owner ? 3 : 0);
    expect(await listenersAt(node, 'NUMSUB')).toBe(0);
  }
  CHANNEL.tell(teller, 1);
  await eventually(() => expect(ears).toEqual([1, 2, 3].map(() => ['resync', 1])));
});

it('goes with its slot to another master, and asks to read again what it may have missed', async () => {
  const heard = await listen(openListener(cluster.url, 'ear'));
  const { owner, other } = await masters();
  for (const [n, move] of [
    { from: owner, to: other },
    { from: other, to: owner },
  ].entries()) {
    await (await beginMove(SLOT, move)).finish();
    await eventually(() => expect(heard.at(-1)).toBe('resync'));
    await eventually(async () => expect(await listenersAt(move.to, 'SHARDNUMSUB')).toBe(1));
    CHANNEL.tell(teller, n);
    await eventually(() => expect(heard.at(-1)).toBe(n));
  }
  expect(heard).toEqual(['resync', 'resync', 0, 'resync', 1]);
});

it(
  'goes to the replica that has taken the place of its master, killed or frozen',
  async () => {
    const heard = await listen(openListener(cluster.url, 'ear', PATIENCE));
    const { owner, replica } = await masters();
    await owner.kill();
    await promote(replica);
    await eventually(() => expect(heard).toEqual(['resync', 'resync']), { timeout: LONG });
    CHANNEL.tell(teller, 1);
    await eventually(() => expect(heard.at(-1)).toBe(1), { timeout: LONG });
    await owner.restart();
    await pairedAgain([owner, replica]);
    heard.length = 0;
    replica.freeze();
    await promote(owner);
    await eventually(() => expect(heard).toContain('resync'), { timeout: LONG });
    await eventually(
      () => {
        CHANNEL.tell(teller, 2);
        expect(heard).toContain(2);
      },
      { timeout: LONG },
    );
    replica.thaw();
    await pairedAgain([owner, replica]);
  },
  LONG,
);

it('begins when the nodes know who holds the slot', async () => {
  const node = await startClusterNode(folder.dir);
  onTestFinished(() => node.stop());
  const connection = openListener(node.url.replace('redis:', 'redis-cluster:'), 'ear');
  const heard = listen(connection);
  await eventually(async () =>
    expect(await node.tell('INFO commandstats')).toMatch(/cmdstat_ssubscribe:.*rejected_calls=[1-9]/),
  );
  await node.tell('CLUSTER ADDSLOTSRANGE 0 16383');
  expect(await heard).toEqual(['resync']);
});

it('leaves a server that does not answer any more, although the connection stays open', async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const url = new URL(world.timelineRedisUrl);
  const link = await Link.open(Number(url.port));
  onTestFinished(() => link.close());
  url.port = String(link.port);
  const heard = await listen(openListener(String(url), 'ear', PATIENCE));
  link.stall();
  CHANNEL.tell(world.timelines, 1); // nobody hears it, and nobody is told that it is lost
  await eventually(async () => expect(await world.timelines.pubsub('NUMSUB', 'news')).toEqual(['news', 0]));
  link.heal();
  await eventually(() => expect(heard.at(-1)).toBe('resync'));
  CHANNEL.tell(world.timelines, 2);
  await eventually(() => expect(heard.at(-1)).toBe(2));
});
