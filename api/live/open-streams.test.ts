import { expect, it } from 'vitest';
import { EventStream } from './event-stream.ts';
import { OpenStreams, type StreamBounds, type StreamClient } from './open-streams.ts';

const ENOUGH = { all: 100, address: 100, session: 100, account: 100, token: 100, mostWaiting: 1_000_000 };
const streamsOf = (bounds: Partial<StreamBounds>) => {
  const streams = new OpenStreams({ ...ENOUGH, ...bounds });
  const open = (client: StreamClient) =>
    streams.open(client, (mostWaiting) => new EventStream({ mostWaiting }));
  return { open, endAll: () => streams.endAll(), count: () => streams.count };
};
const somebody = (address = 'a', session?: string) => ({ address, session });
const client = (account: number, token: number) => ({ address: 'a', account, token });

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
  expect(streams.count()).toBe(1);
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
  expect(streams.count()).toBe(0);
});

it('refuses an app one stream more than its account or its token may have', () => {
  const streams = streamsOf({ account: 3, token: 2 });
  const first = streams.open(client(1, 10));
  streams.open(client(1, 10));
  const overShare = (text: string) => expect.objectContaining({ message: expect.stringContaining(text) });
  expect(() => streams.open(client(1, 10))).toThrow(overShare('2 streams of one token'));
  streams.open(client(1, 11));
  expect(() => streams.open(client(1, 12))).toThrow(overShare('3 streams of one account'));
  streams.open(client(2, 20));
  first.end();
  streams.open(client(1, 12));
});
