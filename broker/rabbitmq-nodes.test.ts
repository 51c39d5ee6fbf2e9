import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isBrokerAway } from '#core/away.ts';
import { QUEUES } from '#core/messages.ts';
import { requireRabbitmq } from '#dev/rabbitmq.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { range } from '#testing/people.ts';
import { type RabbitmqNodes, startRabbitmqNodes } from '#testing/rabbitmq-nodes.ts';
import { Inbox, message } from './conformance/stage.ts';
import { type Broker, PREFIX } from './port.ts';
import { openRabbitmq } from './rabbitmq.ts';

const PATIENT = { timeout: 120_000 };

const folder = openTempFolder('rabbitmq-nodes');
let nodes: RabbitmqNodes | undefined;
const brokers: Broker[] = [];

beforeAll(async () => {
  try {
    requireRabbitmq();
  } catch (error) {
    if (process.env.CI) throw error;
    return;
  }
  nodes = await startRabbitmqNodes(folder.dir);
}, 120_000);
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close(0)));
});
afterAll(async () => {
  await nodes?.stop();
  folder.remove();
});

/** Opens a broker that tries this node first, and knows the others. */
function open({ urls }: RabbitmqNodes, first: number): Broker {
  const broker = openRabbitmq({ urls, prefix: PREFIX, queues: QUEUES, random: () => first / urls.length });
  brokers.push(broker);
  return broker;
}

/** A node that has just started, beside other tests, may take longer than anything else here. */
const INSISTS = 60_000; // ms

/** Publishes again until it is confirmed, as the relay does. */
const insist = (broker: Broker, bodies: string[]) =>
  eventually(() => broker.publish('delivery', bodies.map(message)), { timeout: INSISTS });

test(
  'a node that is killed in mid-burst loses nothing that was confirmed, and delivery goes on',
  PATIENT,
  async ({ skip }) => {
    if (!nodes) return skip('RabbitMQ is not installed');
    const inbox = new Inbox();
    // A queue's leader is on the node where it was declared. So leader and publisher are on the node that is killed.
    const publisher = open(nodes, 1);
    await insist(publisher, ['first']);
    open(nodes, 0).consume('delivery', inbox.handler, { concurrency: 10 });
    const batches = range(1, 30).map((batch) => range(1, 100).map((n) => `${batch}-${n}`));
    const published = (async () => {
      for (const batch of batches) await insist(publisher, batch);
    })();
    await eventually(() => expect(inbox.deliveries.length).toBeGreaterThan(300));
    await nodes.kill(1);
    expect(inbox.bodies().length).toBeLessThan(3_000);

    await published;
    await eventually(() => expect(inbox.bodies()).toEqual(['first', ...batches.flat()].sort()));
    await nodes.start(1);
  },
);

test(
  'one node of three confirms nothing; when a second is back, publishing and delivery go on',
  PATIENT,
  async ({ skip }) => {
    if (!nodes) return skip('RabbitMQ is not installed');
    const inbox = new Inbox();
    const broker = open(nodes, 0);
    await insist(broker, ['before']);
    await Promise.all([nodes.kill(1), nodes.kill(2)]);
    await expect(broker.publish('delivery', [message('refused')])).rejects.toSatisfy(isBrokerAway);

    await nodes.start(1);
    await insist(broker, ['after']);
    // The third node is still gone, and it is the one that is tried first.
    open(nodes, 2).consume('delivery', inbox.handler, { concurrency: 10 });
    await eventually(() => expect(inbox.bodies()).toEqual(expect.arrayContaining(['after', 'before'])));
  },
);
