import { expect } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import type { Broker } from '../port.ts';
import { DeadLetter } from '../port.ts';
import { depthBecomes, gate, Inbox, message, type Stage } from './stage.ts';

/** Giving up keeps the message; the counts say where everything is. */
export function deadLetters({ test, open }: Stage): void {
  /** Lets the messages die one after the other; resolves when the consumer has stopped. */
  const die = async (broker: Broker, bodies: string[]) => {
    const giveUp = broker.consume(
      'delivery',
      ({ body }) => Promise.reject(new DeadLetter(`${body}: no such tweet`)),
      { concurrency: 1 },
    );
    for (const [index, body] of bodies.entries()) {
      await broker.publish('delivery', [message(body)]);
      await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: index + 1 });
    }
    await giveUp.stop(5_000);
  };

  test('a dead letter is kept with its error, newest first', async () => {
    const broker = open();
    const before = Date.now();
    await die(broker, ['a', 'b']);

    const dead = await broker.deadLetters('delivery', 10);

    expect(dead).toMatchObject([
      { body: 'b', error: 'b: no such tweet' },
      { body: 'a', error: 'a: no such tweet' },
    ]);
    for (const { at } of dead) expect(Math.abs(at.getTime() - before)).toBeLessThan(60_000);
    await eventually(async () => expect(await broker.deadLetters('delivery', 1)).toHaveLength(1));
    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 2 });
  });

  test('looking at the dead letters leaves them where they are', async () => {
    const broker = open();
    await die(broker, ['a', 'b']);

    await broker.deadLetters('delivery', 1);

    await eventually(async () => expect(await broker.deadLetters('delivery', 10)).toHaveLength(2));
    await depthBecomes(broker, 'delivery', { dead: 2 });
  });

  test('redrive puts every dead letter back and says how many', async () => {
    const broker = open();
    await die(broker, ['a', 'b', 'c']);

    expect(await broker.redrive('delivery')).toBe(3);

    await depthBecomes(broker, 'delivery', { waiting: 3, dead: 0 });
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 1 });
    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b', 'c']));
    expect(await broker.redrive('delivery')).toBe(0);
  });

  test('redrive ends although what it puts back dies again at once', async () => {
    const broker = open();
    await die(broker, ['a']);
    broker.consume('delivery', () => Promise.reject(new DeadLetter('no such tweet')), { concurrency: 1 });

    expect(await broker.redrive('delivery')).toBe(1);

    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 1 });
  });

  test('discarding drops the dead letters that are meant for good, and leaves the others', async () => {
    const broker = open();
    await die(broker, ['a', 'b', 'c']);

    expect(await broker.discard('delivery', ({ error }) => !error.startsWith('b:'))).toBe(2);

    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 1 });
    await eventually(async () =>
      expect(await broker.deadLetters('delivery', 10)).toMatchObject([{ body: 'b' }]),
    );
    await eventually(async () => expect(await broker.discard('delivery', () => true)).toBe(1));
    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 0 });
    expect(await broker.discard('delivery', () => true)).toBe(0);
  });

  test('a key whose message died can be published again', async () => {
    const broker = open();
    await die(broker, ['a']);

    await broker.publish('delivery', [message('a')]);

    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 1 });
    await eventually(() => expect(inbox.bodies()).toEqual(['a']));
  });

  test('the depth counts what waits, what is in flight and what is dead', async () => {
    const broker = open();
    await die(broker, ['dead']);
    const { opened, open: release } = gate();
    broker.consume('delivery', () => opened, { concurrency: 2 });
    await broker.publish('delivery', ['a', 'b', 'c', 'd', 'e'].map(message));

    await depthBecomes(broker, 'delivery', { waiting: 3, inFlight: 2, dead: 1 });
    release();
    await depthBecomes(broker, 'delivery', { waiting: 0, inFlight: 0, dead: 1 });
  });
}
