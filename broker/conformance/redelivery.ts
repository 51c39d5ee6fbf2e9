import { expect } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { RetryLater } from '../port.ts';
import { depthBecomes, gate, Inbox, message, type Stage } from './stage.ts';

/** At least once: what is not acknowledged comes back. */
export function redelivery({ test, open, child }: Stage): void {
  test('an acknowledged message is gone', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 1 });
    await broker.publish('delivery', [message('a')]);

    await eventually(() => expect(inbox.bodies()).toEqual(['a']));
    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 0 });
  });

  test('a message whose handler throws comes back after a backoff', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume(
      'delivery',
      async (delivery) => {
        await inbox.handler(delivery);
        if (inbox.deliveries.length < 3) throw new Error('not yet');
      },
      { concurrency: 1 },
    );
    await broker.publish('delivery', [message('a')]);

    await eventually(() => expect(inbox.deliveries).toHaveLength(3));
    const [first, second, third] = inbox.deliveries.map(({ at }) => at) as [number, number, number];
    expect(second - first).toBeGreaterThan(400);
    expect(third - second).toBeGreaterThan(800);
    expect(inbox.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true, true]);
  });

  test('a message that is retried later does not come before its delay', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume(
      'delivery',
      async (delivery) => {
        await inbox.handler(delivery);
        if (!delivery.redelivered) throw new RetryLater(2_500, 'the timeline store is away');
      },
      { concurrency: 1 },
    );
    await broker.publish('delivery', [message('a')]);

    await eventually(() => expect(inbox.deliveries).toHaveLength(2));
    const [first, second] = inbox.deliveries.map(({ at }) => at) as [number, number];
    expect(second - first).toBeGreaterThanOrEqual(2_450);
    expect(second - first).toBeLessThan(10_000);
  });

  test('a long delay does not hold back a short one', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume(
      'delivery',
      async (delivery) => {
        await inbox.handler(delivery);
        if (!delivery.redelivered) throw new RetryLater(delivery.body === 'long' ? 600_000 : 1_000, 'later');
      },
      { concurrency: 1 },
    );
    await broker.publish('delivery', ['long', 'short'].map(message));

    await eventually(() => {
      expect(inbox.deliveries.filter(({ redelivered }) => redelivered)).toMatchObject([{ body: 'short' }]);
    });
  });

  test('a poison message does not stop the others', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume(
      'delivery',
      async (delivery) => {
        if (delivery.body === 'poison') throw new TypeError('Expected a chunk, got "poison"');
        await inbox.handler(delivery);
      },
      { concurrency: 1 },
    );
    await broker.publish('delivery', ['poison', 'a', 'b'].map(message));

    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b']));
    await depthBecomes(broker, 'delivery', { waiting: 1, dead: 0 });
  });

  test('as many handlers run at once as were asked for, and no more', async () => {
    const broker = open();
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    broker.consume('delivery', (delivery) => inbox.handler(delivery).then(() => opened), { concurrency: 3 });
    await broker.publish('delivery', ['a', 'b', 'c', 'd', 'e'].map(message));

    await eventually(() => expect(inbox.deliveries).toHaveLength(3));
    await depthBecomes(broker, 'delivery', { waiting: 2, inFlight: 3 });
    expect(inbox.deliveries).toHaveLength(3);
    release();
    await eventually(() => expect(inbox.bodies()).toHaveLength(5));
  });

  test('a message of a killed process runs again within 10 s', async () => {
    const broker = open();
    const killed = child('delivery');
    await broker.publish('delivery', [message('a')]);
    await killed.says('took a');
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 1 });

    await killed.kill();

    await eventually(() => expect(inbox.deliveries).toMatchObject([{ body: 'a', redelivered: true }]));
  });

  test('a lease that ran out goes to another consumer, and the first one is told', async () => {
    const broker = open();
    const frozen = child('delivery');
    await broker.publish('delivery', [message('a')]);
    await frozen.says('took a');
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    broker.consume('delivery', (delivery) => inbox.handler(delivery).then(() => opened), { concurrency: 1 });

    frozen.signal('SIGSTOP');
    await eventually(() => expect(inbox.bodies()).toEqual(['a']));
    frozen.signal('SIGCONT');

    await frozen.says('aborted');
    expect(inbox.deliveries[0]?.signal.aborted).toBe(false);
    release();
    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0 });
  });

  test('a handler that runs longer than a lease keeps its message', async () => {
    const broker = open();
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    const hold = async (delivery: Parameters<typeof inbox.handler>[0]) => {
      await inbox.handler(delivery);
      await opened;
    };
    for (let consumer = 0; consumer < 2; consumer += 1) broker.consume('delivery', hold, { concurrency: 1 });
    await broker.publish('delivery', [message('long')]);
    await eventually(() => expect(inbox.bodies()).toEqual(['long']));
    const start = performance.now();

    await eventually(() => expect(performance.now() - start).toBeGreaterThan(12_000));

    expect(inbox.deliveries).toHaveLength(1);
    expect(inbox.deliveries[0]?.signal.aborted).toBe(false);
    release();
  });
}
