import { expect } from 'vitest';
import { depthBecomes, eventually, Inbox, message, type Stage } from './stage.ts';

/** What `publish` promises once it has resolved. */
export function publishing({ test, open, server }: Stage): void {
  test('a handler gets the body as it was published', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume('fan-out', inbox.handler, { concurrency: 1 });
    const body = { tweetId: 2 ** 52, chunk: 0, text: 'é🎉"' };

    await broker.publish('fan-out', [{ key: 'one', body }]);

    await eventually(() => expect(inbox.deliveries).toMatchObject([{ body, redelivered: false }]));
  });

  test('a message of one queue never reaches the consumer of the other', async () => {
    const broker = open();
    const fanOuts = new Inbox();
    const deliveries = new Inbox();
    broker.consume('fan-out', fanOuts.handler, { concurrency: 1 });
    broker.consume('delivery', deliveries.handler, { concurrency: 1 });

    await broker.publish('delivery', [message('same')]);
    await broker.publish('fan-out', [message('other')]);

    await eventually(() => expect([fanOuts.bodies(), deliveries.bodies()]).toEqual([['other'], ['same']]));
  });

  test('publishing nothing is fine', async () => {
    const broker = open();
    await broker.publish('delivery', []);
    await depthBecomes(broker, 'delivery', { waiting: 0 });
  });

  test('every message of a batch of 5,000 arrives', async () => {
    const broker = open();
    const inbox = new Inbox();
    const bodies = Array.from({ length: 5_000 }, (_, number) => `${number}`);
    broker.consume('delivery', inbox.handler, { concurrency: 8 });

    await broker.publish('delivery', bodies.map(message));

    await eventually(() => expect(inbox.bodies()).toHaveLength(bodies.length));
  });

  test('messages stay when their publisher has closed', async () => {
    const publisher = open();
    await publisher.publish('delivery', ['a', 'b'].map(message));
    await publisher.close(0);

    const inbox = new Inbox();
    open().consume('delivery', inbox.handler, { concurrency: 1 });

    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b']));
  });

  test('messages survive the kill of the server', async () => {
    const bodies = Array.from({ length: 100 }, (_, number) => `${number}`);
    await open().publish('delivery', bodies.map(message));
    await server().kill();
    await server().restart();

    const inbox = new Inbox();
    open().consume('delivery', inbox.handler, { concurrency: 8 });

    await eventually(() => expect(inbox.bodies()).toEqual(bodies.sort()));
  });

  test('a key that is already waiting is not added again', async () => {
    const broker = open();
    await broker.publish('delivery', [message('a'), message('b'), message('a')]);
    await broker.publish('delivery', [message('a')]);

    await depthBecomes(broker, 'delivery', { waiting: 2 });
  });

  test('messages of groups arrive like any other', async () => {
    const broker = open();
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 2 });
    const messages = ['a', 'b', 'c'].map((body) => ({
      ...message(body),
      group: body === 'c' ? 'two' : 'one',
    }));

    await broker.publish('delivery', messages);

    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b', 'c']));
  });

  test('keys that differ only in their punctuation are different keys', async () => {
    const broker = open();
    await broker.publish(
      'delivery',
      ['1', '1:', ':1', '1_', '1%3A', '0'].map((key) => ({ key, body: key })),
    );

    await depthBecomes(broker, 'delivery', { waiting: 6 });
  });
}
