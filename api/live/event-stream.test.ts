import { expect, it } from 'vitest';
import { EventStream, EventStreams, type StreamBounds } from './event-stream.ts';

const ENOUGH = { all: 100, address: 100, session: 100, mostWaiting: 1_000_000 };
const streamsOf = (bounds: Partial<StreamBounds>) => new EventStreams({ ...ENOUGH, ...bounds });
const somebody = (address = 'a', session?: string) => ({ address, session });

it('refuses one stream more than the process may carry, says when to come again, and lets one in when one ends', () => {
  const streams = streamsOf({ all: 2 });
  const [first] = [streams.open(somebody('a')), streams.open(somebody('b'))];
  expect(() => streams.open(somebody('c'))).toThrow(
    expect.objectContaining({
      kind: 'too-many-streams',
      message: expect.stringContaining('Expected fewer than 2 streams to be open, 2 are'),
      extras: expect.objectContaining({ headers: { 'retry-after': expect.stringMatching(/^[5-7]$/) } }),
    }),
  );
  first?.end();
  first?.end(); // twice is once
  expect(streams.count).toBe(1);
  streams.open(somebody('c'));
});

it('refuses one stream more than an address or a session may have, and nobody else', () => {
  const streams = streamsOf({ address: 3, session: 2 });
  const ada = [streams.open(somebody('a', 'ada')), streams.open(somebody('a', 'ada'))];
  const overShare = (text: string) =>
    expect.objectContaining({ kind: 'over-share', message: expect.stringContaining(text) });
  expect(() => streams.open(somebody('b', 'ada'))).toThrow(overShare('2 streams of one session'));
  streams.open(somebody('a', 'bo'));
  expect(() => streams.open(somebody('a', 'cy'))).toThrow(overShare('3 streams of one address'));
  streams.open(somebody('b', 'cy'));
  ada[0]?.end();
  streams.open(somebody('a', 'ada'));
});

it('lets a browser that has gone make room', async () => {
  const streams = streamsOf({ all: 1, address: 1, session: 1 });
  const stream = streams.open(somebody('a', 'ada'));
  expect(() => streams.open(somebody('a', 'ada'))).toThrow();
  await stream.response.body?.cancel();
  streams.open(somebody('a', 'ada'));
});

it('asks every browser to come back when the process ends, also one that comes in between', async () => {
  const streams = streamsOf({ all: 2 });
  const open = streams.open(somebody());
  open.send('beat', { at: 'now' }, '7');
  streams.endAll();
  expect(await open.response.text()).toBe('id: 7\nevent: beat\ndata: {"at":"now"}\n\nretry: 250\n\n');
  expect(await streams.open(somebody()).response.text()).toBe('retry: 250\n\n');
  expect(streams.count).toBe(0);
});

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
