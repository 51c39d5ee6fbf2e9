import { expect } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { depthBecomes, gate, Inbox, message, type Stage } from './stage.ts';

/** What starts can stop, twice, by a deadline. */
export function stopping({ test, open, server, child }: Stage): void {
  test('a stop lets running handlers finish and takes no more', async () => {
    const broker = open();
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    const consumer = broker.consume('delivery', (delivery) => inbox.handler(delivery).then(() => opened), {
      concurrency: 2,
    });
    await broker.publish('delivery', ['a', 'b', 'c', 'd'].map(message));
    await eventually(() => expect(inbox.deliveries).toHaveLength(2));

    const stopped = consumer.stop(10_000);
    release();
    await stopped;

    await depthBecomes(broker, 'delivery', { waiting: 2, inFlight: 0 });
    expect(inbox.deliveries).toHaveLength(2);
    expect(inbox.deliveries.every(({ signal }) => !signal.aborted)).toBe(true);
  });

  test('a queue whose consumer was stopped waits, and is taken up again within 2 s', async () => {
    const broker = open();
    const before = new Inbox();
    await broker.consume('delivery', before.handler, { concurrency: 1 }).stop(5_000);
    await broker.publish('delivery', [message('a')]);
    await depthBecomes(broker, 'delivery', { waiting: 1, inFlight: 0 });

    const after = new Inbox();
    const again = performance.now();
    broker.consume('delivery', after.handler, { concurrency: 1 });

    await eventually(() => expect(after.bodies()).toEqual(['a']));
    expect(performance.now() - again).toBeLessThan(2_000);
    expect(before.deliveries).toEqual([]);
  });

  test('what has not finished by the deadline is aborted and handed to another', async () => {
    const broker = open();
    const stuck = new Inbox();
    const consumer = broker.consume(
      'delivery',
      (delivery) => stuck.handler(delivery).then(() => new Promise(() => {})),
      { concurrency: 1 },
    );
    await broker.publish('delivery', [message('a')]);
    await eventually(() => expect(stuck.deliveries).toHaveLength(1));

    const start = performance.now();
    await consumer.stop(300);

    expect(performance.now() - start).toBeLessThan(1_500);
    expect(stuck.deliveries[0]?.signal.aborted).toBe(true);
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 1 });
    await eventually(() => expect(inbox.deliveries).toMatchObject([{ body: 'a', redelivered: true }]));
  });

  test('a closed broker has handed everything back', async () => {
    const broker = open();
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    broker.consume('delivery', (delivery) => inbox.handler(delivery).then(() => opened), { concurrency: 2 });
    await broker.publish('delivery', ['a', 'b', 'c'].map(message));
    await eventually(() => expect(inbox.deliveries).toHaveLength(2));

    await broker.close(100);
    release();

    await depthBecomes(open(), 'delivery', { waiting: 3, inFlight: 0 });
  });

  test('stop and close may be called twice', async () => {
    const broker = open();
    const consumer = broker.consume('delivery', async () => {}, { concurrency: 1 });
    await Promise.all([consumer.stop(5_000), consumer.stop(5_000)]);
    await consumer.stop(5_000);
    await Promise.all([broker.close(1_000), broker.close(1_000)]);
    await broker.close(1_000);
    await consumer.stop(5_000);
  });

  test('a broker that was never used can be closed', async () => {
    await open().close(1_000);
  });

  test('a consumer can be stopped at once after its start', async () => {
    const broker = open();
    await broker.consume('delivery', async () => {}, { concurrency: 1 }).stop(5_000);
    await broker.publish('delivery', [message('a')]);
    await depthBecomes(broker, 'delivery', { waiting: 1, inFlight: 0 });
  });

  test('a process that closes its broker while the server is away ends by itself', async () => {
    const broker = open();
    const left = child('delivery');
    await broker.publish('delivery', [message('a')]);
    await left.says('took a');
    await broker.close(0);
    await server().kill();

    try {
      left.tell('close');
      await left.says('closed');
      expect(await left.ended).toBe(0);
    } finally {
      await server().restart();
    }
  });
}
