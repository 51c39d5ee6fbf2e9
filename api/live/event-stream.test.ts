import { expect, it } from 'vitest';
import { EventStreams } from './event-stream.ts';

it('refuses one stream more than the process may carry, says when to come again, and lets one in when one ends', () => {
  const streams = new EventStreams(2);
  const [first] = [streams.open(), streams.open()];
  expect(() => streams.requireRoom()).toThrow(
    expect.objectContaining({
      kind: 'too-many-streams',
      message: expect.stringContaining('Expected fewer than 2 streams to be open, 2 are'),
      extras: expect.objectContaining({ headers: { 'retry-after': expect.stringMatching(/^[5-7]$/) } }),
    }),
  );
  first?.end();
  first?.end(); // twice is once
  streams.requireRoom();
  expect(streams.count).toBe(1);
});

it('lets a browser that has gone make room', async () => {
  const streams = new EventStreams(1);
  const stream = streams.open();
  expect(() => streams.requireRoom()).toThrow();
  await stream.response.body?.cancel();
  streams.requireRoom();
});

it('asks every browser to come back when the process ends, also one that comes in between', async () => {
  const streams = new EventStreams(2);
  const open = streams.open();
  open.send('beat', { at: 'now' }, '7');
  streams.endAll();
  expect(await open.response.text()).toBe('id: 7\nevent: beat\ndata: {"at":"now"}\n\nretry: 250\n\n');
  expect(await streams.open().response.text()).toBe('retry: 250\n\n');
  expect(streams.count).toBe(0);
});
