import { expect } from 'vitest';
import { isBrokerAway } from '#core/away.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import type { BrokerConfig } from '../variables.ts';
import { gate, Inbox, message, type Stage } from './stage.ts';

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

    await eventually(() => broker.publish('delivery', [message('after')]));
    await eventually(() => broker.ping());
  });

  test('whoever looks at dead letters, retries or discards them while the server is away is told so', async () => {
    const broker = open();
    await eventually(() => broker.redrive('delivery'));
    await server().kill();

    try {
      await rejectsInTime(() => broker.deadLetters('delivery', 1));
      await rejectsInTime(() => broker.redrive('delivery'));
      await rejectsInTime(() => broker.discard('delivery', () => true));
    } finally {
      await server().restart();
    }

    await eventually(async () => expect(await broker.redrive('delivery')).toBe(0));
  });

  test('every question has a deadline on a link that carries nothing, and works again when it does', async () => {
    const link = await Link.open(Number(new URL(server().url).port));
    const broker = open(through(server().config, link.port));
    await eventually(() => broker.publish('delivery', [message('before')]));
    link.stall();

    try {
      await Promise.all([
        rejectsInTime(() => broker.publish('delivery', [message('lost?')])),
        rejectsInTime(() => broker.ping()),
        rejectsInTime(() => broker.depth('delivery')),
        rejectsInTime(() => broker.deadLetters('delivery', 1)),
        rejectsInTime(() => broker.redrive('delivery')),
        rejectsInTime(() => broker.discard('delivery', () => true)),
      ]);
      link.heal();
      await eventually(() => broker.publish('delivery', [message('after')]));
    } finally {
      await broker.close(0);
      await link.close();
    }
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

    await eventually(() => broker.publish('delivery', [message('after')]));
    await eventually(() => expect(inbox.bodies()).toContain('after'));
  });

  test('a consumer takes messages again when the server is back', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 2 });
    await broker.publish('delivery', [message('before')]);
    await eventually(() => expect(inbox.bodies()).toEqual(['before']));

    await server().kill();
    await server().restart();

    await eventually(() => broker.publish('delivery', [message('after')]));
    await eventually(() => expect(inbox.bodies()).toEqual(['after', 'before']));
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
    // Publishes until the message is taken, as the relay does. A message that is taken must not be dropped for want of
    // a queue.
    await eventually(() => publisher.publish('delivery', [message('after')]));

    await eventually(() => expect(inbox.bodies()).toEqual(['after', 'before']));
  });

  test('publishing on a closed broker is refused', async () => {
    const broker = open();
    await broker.publish('delivery', [message('a')]);
    await broker.close(0);
    await rejectsInTime(() => broker.publish('delivery', [message('b')]));
  });
}

/** The same server, reached through another port. */
function through(config: BrokerConfig, port: number): BrokerConfig {
  const by = (url: string) => Object.assign(new URL(url), { port: String(port) }).href;
  switch (config.BROKER) {
    case 'bullmq':
      return { ...config, QUEUE_REDIS_URL: by(config.QUEUE_REDIS_URL) };
    case 'rabbitmq':
      return { ...config, RABBITMQ_URL: by(config.RABBITMQ_URL) };
    case 'sqs':
      return { ...config, SQS_ENDPOINT: config.SQS_ENDPOINT && by(config.SQS_ENDPOINT) };
  }
}

async function rejectsInTime(ask: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await expect(ask()).rejects.toSatisfy(isBrokerAway);
  expect(performance.now() - start).toBeLessThan(2_500);
}
