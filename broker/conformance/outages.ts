import { expect } from 'vitest';
import { BrokerAway } from '../port.ts';
import { eventually, gate, Inbox, message, type Stage } from './stage.ts';

/** A server that goes away and comes back. */
export function outages({ test, open, server }: Stage): void {
  test('a broker that is there answers a ping', async () => {
    await eventually(() => open().ping());
  });

  test('publish and ping reject in time while the server is away, and work again after it is back', async () => {
    const broker = open();
    await broker.publish('delivery', [message('before')]);
    await server().kill();

    try {
      await rejectsInTime(() => broker.publish('delivery', [message('lost?')]));
      await rejectsInTime(() => broker.ping());
      await rejectsInTime(() => broker.depth('delivery'));
    } finally {
      await server().restart();
    }

    await eventually(() => broker.publish('delivery', [message('after')]), 10_000);
    await eventually(() => broker.ping());
  });

  test('a broker opened while the server is away rejects in time and works once it is there', async () => {
    await server().kill();
    const broker = open();
    const inbox = new Inbox();
    try {
      broker.consume('delivery', inbox.handler, { concurrency: 1 });
      await rejectsInTime(() => broker.publish('delivery', [message('lost?')]));
      await rejectsInTime(() => broker.ping());
    } finally {
      await server().restart();
    }

    await eventually(() => broker.publish('delivery', [message('after')]), 10_000);
    await eventually(() => expect(inbox.bodies()).toContain('after'), 10_000);
  });

  test('a consumer takes messages again when the server is back', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 2 });
    await broker.publish('delivery', [message('before')]);
    await eventually(() => expect(inbox.bodies()).toEqual(['before']));

    await server().kill();
    await server().restart();

    await eventually(() => broker.publish('delivery', [message('after')]), 10_000);
    await eventually(() => expect(inbox.bodies()).toEqual(['after', 'before']), 10_000);
  });

  test('what was in flight when the server was killed is not lost', async () => {
    const broker = open();
    const inbox = new Inbox();
    const { opened, open: release } = gate();
    broker.consume('delivery', (delivery) => inbox.handler(delivery).then(() => opened), { concurrency: 2 });
    await broker.publish('delivery', ['a', 'b', 'c'].map(message));
    await eventually(() => expect(inbox.deliveries).toHaveLength(2));

    await server().kill();
    await server().restart();
    release();

    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b', 'c']));
    await eventually(async () => {
      expect(await broker.depth('delivery')).toEqual({ waiting: 0, inFlight: 0, dead: 0 });
    });
  });

  test('what was published after somebody deleted the queue arrives', async () => {
    const inbox = new Inbox();
    open().consume('delivery', inbox.handler, { concurrency: 1 });
    const publisher = open();
    await publisher.publish('delivery', [message('before')]);
    await eventually(() => expect(inbox.bodies()).toEqual(['before']));

    await server().deleteQueue('delivery');
    // As the relay does: until it is taken. Taken, and dropped because there is no queue, is what must not be.
    await eventually(() => publisher.publish('delivery', [message('after')]), 10_000);

    await eventually(() => expect(inbox.bodies()).toEqual(['after', 'before']), 10_000);
  });

  test('publishing on a closed broker is refused', async () => {
    const broker = open();
    await broker.publish('delivery', [message('a')]);
    await broker.close(0);
    await rejectsInTime(() => broker.publish('delivery', [message('b')]));
  });
}

async function rejectsInTime(ask: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await expect(ask()).rejects.toBeInstanceOf(BrokerAway);
  expect(performance.now() - start).toBeLessThan(2_500);
}
