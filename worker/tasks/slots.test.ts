import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { type Slot, Slots } from './slots.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const taken = async (slots: Slots): Promise<Slot> => {
  const slot = await slots.take();
  if (!slot) throw new Error('Expected a slot, got none');
  return slot;
};

it('gives as many as there are, and then each that gets free, in the order of asking', async () => {
  const slots = new Slots(1);
  const first = await taken(slots);
  const got: string[] = [];
  const second = taken(slots).then((slot) => [got.push('second'), slot] as const);
  void taken(slots).then(() => got.push('third'));
  first.release();
  first.release(); // gives one back, not two
  const [, slot] = await second;
  expect(got).toEqual(['second']);
  slot.release();
  await eventually(() => expect(got).toEqual(['second', 'third']));
});

it('more messages are held while runs are short, and no more than slots once one of them is long', async () => {
  const held: number[] = [];
  const slots = new Slots(2, (messages) => held.push(messages));
  const [long, short] = [await taken(slots), await taken(slots)];
  vi.advanceTimersByTime(10);
  short.release();
  expect(held).toEqual([6]);
  const next = await taken(slots);
  vi.advanceTimersByTime(95);
  next.release();
  expect(held).toEqual([6, 2]);
  long.release();
  expect(held).toEqual([6, 2, 2]);
});

it('who waits too long gets none, and no more is fetched than there are slots', async () => {
  const held: number[] = [];
  const slots = new Slots(1, (messages) => held.push(messages));
  await taken(slots);
  const late = slots.take();
  vi.advanceTimersByTime(250);
  expect(await late).toBeNull();
  expect(held).toEqual([1]);
});

it('closed gives none, and tells those that wait', async () => {
  const slots = new Slots(1);
  await taken(slots);
  const [waiting, free] = [slots.take(), slots.free()];
  slots.close();
  expect(await waiting).toBeNull();
  expect(await slots.take()).toBeNull();
  await free;
});
