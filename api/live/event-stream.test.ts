import { expect, it } from 'vitest';
import { EventStream } from './event-stream.ts';

it('cuts off a stream once more waits than may, in its queue and in its response together', () => {
  const connection = { writableLength: 600, destroyed: false, destroy: () => (connection.destroyed = true) };
  const stream = new EventStream({ connection, mostWaiting: 1_000 });
  const long = { at: 'x'.repeat(500) };
  stream.send('beat', long);
  expect(stream.waiting).toBeGreaterThan(1_000);
  expect(connection.destroyed).toBe(false); // an event that is larger than what is left reaches whoever reads
  stream.send('beat', long);
  expect(connection.destroyed).toBe(true);
  expect(stream.waiting).toBe(0);
});

it('says that there is room when its reader has read', async () => {
  const stream = new EventStream();
  stream.send('beat', { at: 'x'.repeat(100_000) });
  let rooms = 0;
  stream.onRoom(() => rooms++);
  expect(rooms).toBe(0);
  await stream.response.body?.getReader().read();
  expect(rooms).toBe(1);
});
