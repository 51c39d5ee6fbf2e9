import { expect } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { message, type Stage } from './stage.ts';

/** What a consumer promises when it is told to take another number of messages at once. */
export function resizing({ test, open }: Stage): void {
  test('a consumer that may take more does so when a handler has ended', async () => {
    const broker = open();
    const started: unknown[] = [];
    let end = () => {};
    const first = new Promise<void>((resolve) => {
      end = resolve;
    });
    const consumer = broker.consume(
      'delivery',
      ({ body }) => (started.push(body) === 1 ? first : new Promise(() => {})),
      { concurrency: 1 },
    );
    await broker.publish('delivery', ['a', 'b', 'c'].map(message));
    await eventually(() => expect(started).toHaveLength(1));

    consumer.resize(2);
    end();

    await eventually(() => expect(started).toHaveLength(3));
  });
}
