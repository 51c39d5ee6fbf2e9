import { expect } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { openEmptyBroker, openOwnBroker } from '../open-broker.ts';
import { type Handler, RetryLater } from '../port.ts';
import { depthBecomes, Inbox, message, type Stage } from './stage.ts';

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

  test('headers travel beside the body, also when the message comes again', async () => {
    const broker = open();
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', links: '' };
    const came: unknown[] = [];
    const handler: Handler = async ({ body, headers: carried }) => {
      came.push([body, carried]);
      if (came.length === 1) throw new RetryLater(1, 'once more');
    };
    broker.consume('fan-out', handler, { concurrency: 1 });

    await broker.publish('fan-out', [{ ...message('one'), headers }]);

    await eventually(() => expect(came).toEqual(Array(2).fill(['one', headers])));
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

  test('queues of one’s own carry messages apart from the others, and leave nothing', async () => {
    const [broker, own] = [open(), openOwnBroker(server().config, 'own', ['task'])];
    const [theirs, ours] = [new Inbox(), new Inbox()];
    broker.consume('task', theirs.handler, { concurrency: 1 });
    own.consume('task', ours.handler, { concurrency: 1 });
    await own.publish('task', [message('mine')]);
    await eventually(() => expect(ours.bodies()).toEqual(['mine']));
    await own.remove();
    await own.close(0);

    const again = openOwnBroker(server().config, 'own', ['task']);
    await depthBecomes(again, 'task', { waiting: 0, inFlight: 0 });
    expect(theirs.deliveries).toEqual([]);
    await again.publish('task', [message('left')]);
    await again.close(0);
    const [last, inbox] = [await openEmptyBroker(server().config, 'own', ['task']), new Inbox()];
    last.consume('task', inbox.handler, { concurrency: 1 });
    await last.publish('task', [message('new')]);
    await eventually(() => expect(inbox.bodies()).toEqual(['new']));
    await last.remove();
    await last.remove();
    await last.close(0);
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
