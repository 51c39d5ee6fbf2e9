import { expect, it, vi } from 'vitest';

vi.mock('server-only', () => ({})); // throws outside of Next
const { EventStream } = await import('./event-stream.ts');
const { requireRoomForStream } = await import('./room-for-stream.ts');

const open = () => new EventStream(new AbortController().signal);

it('refuses one stream more than the process may carry, says when to come again, and lets one in when one ends', async () => {
  const [first, second] = [open(), open()];
  requireRoomForStream(3);
  expect(() => requireRoomForStream(2)).toThrow(
    expect.objectContaining({
      kind: 'too-many-streams',
      extras: expect.objectContaining({ headers: { 'retry-after': expect.stringMatching(/^[5-7]$/) } }),
    }),
  );
  first.end();
  first.end(); // twice is once
  requireRoomForStream(2);
  expect(() => requireRoomForStream(1)).toThrow('Expected fewer than 1 streams to be open, 1 are');
  second.end();
});

it('lets a browser that has gone make room', () => {
  const gone = new AbortController();
  new EventStream(gone.signal);
  expect(() => requireRoomForStream(1)).toThrow();
  gone.abort();
  requireRoomForStream(1);
});
