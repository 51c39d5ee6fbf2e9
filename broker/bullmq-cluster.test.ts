import { afterAll, beforeAll, expect, it } from 'vitest';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startCluster, type TestCluster } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import { pairedAgain, promote } from '#testing/fail-over.ts';
import { holds } from '#testing/move-slot.ts';
import { range } from '#testing/people.ts';
import { depthBecomes, Inbox, message } from './conformance/stage.ts';
import { openBroker } from './open-broker.ts';
import { type Broker, PREFIX } from './port.ts';

const folder = openTempFolder('bullmq-cluster');
let cluster: TestCluster;
let broker: Broker;
beforeAll(async () => {
  cluster = await startCluster(folder.dir, 3, { replicas: true, nodeTimeoutMs: 5_000 });
  broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: cluster.url });
});
afterAll(async () => {
  await broker.close(0);
  await cluster.stop();
  folder.remove();
});

/** The master whose slot holds the queue, and its replica. */
async function ofTheQueue() {
  const held = await Promise.all(cluster.nodes.map((node) => holds(node, slotOf(PREFIX))));
  const at = held.indexOf(true);
  const [master, replica] = [cluster.nodes[at], cluster.replicas[at]];
  if (!master || !replica) throw new Error('Expected a master that holds the queue, and its replica');
  return { master, replica };
}

it('keeps all of its keys in one slot, and goes on when a replica takes the place of its master in mid-burst', async () => {
  const inbox = new Inbox();
  const { master, replica } = await ofTheQueue();
  await broker.publish('fan-out', [message('before')]);
  await broker.ping();
  expect(await broker.memory()).toMatchObject({ used: expect.any(Number) });
  const bodies = range(1, 300).map(String);
  await broker.publish('delivery', bodies.map(message));
  expect(await master.tell(`CLUSTER COUNTKEYSINSLOT ${slotOf(PREFIX)}`)).not.toBe(':0\r\n');
  broker.consume('delivery', inbox.handler, { concurrency: 5 });
  await eventually(() => expect(inbox.deliveries.length).toBeGreaterThan(20));
  await master.kill();
  await promote(replica);
  const later = ['after', ...bodies]; // as the relay does, with whatever the replica may lack
  await eventually(() => broker.publish('delivery', later.map(message)));
  await eventually(() => expect(inbox.bodies()).toEqual(expect.arrayContaining(later)));
  await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0 });
  expect(await broker.depth('fan-out')).toMatchObject({ waiting: 1 });
  await master.restart();
  await pairedAgain([master, replica]);
}, 60_000);
