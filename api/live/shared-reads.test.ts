import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedReads } from './shared-reads.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Item = { id: number; count: number };
const PACE = 100;
const DONE = 10;

/** A table of items by key, and how often it was read. */
function table() {
  const rows = new Map<string, Item[]>();
  const state = { reads: 0, listens: 0, away: false };
  const shared = new SharedReads<string, Item>({
    pace: PACE,
    read: async (key) => {
      state.reads++;
      if (state.away) throw new Error('away');
      return rows.get(key) ?? [];
    },
    idOf: ({ id }) => id,
    markOf: ({ count }) => String(count),
    listen: () => state.listens++,
    lookAgain: { everyMs: 2_000, isDue: (_, items) => items.some(({ count }) => count < DONE) },
  });
  const watch = (key: string) => {
    const heard: Item[][] = [];
    return { heard, stop: shared.watch(key, (items) => heard.push(items)) };
  };
  return { rows, shared, state, watch };
}

const passed = (ms = PACE) => vi.advanceTimersByTimeAsync(ms);

it('a thousand who watch one thing are one read, and each is told all of it and then what changed', async () => {
  const { rows, shared, state, watch } = table();
  rows.set('a', [
    { id: 1, count: DONE },
    { id: 2, count: DONE },
  ]);
  const watchers = Array.from({ length: 1_000 }, () => watch('a'));
  await passed(10 * PACE);
  expect(state.reads).toBe(2); // with the first, and for those who came during it
  rows.set('a', [
    { id: 1, count: DONE },
    { id: 2, count: DONE + 1 },
  ]);
  for (const _ of watchers) shared.touch('a');
  await passed(10 * PACE);
  expect(state.reads).toBeLessThanOrEqual(4);
  for (const { heard } of watchers)
    expect(heard).toEqual([
      [
        { id: 1, count: DONE },
        { id: 2, count: DONE },
      ],
      [{ id: 2, count: DONE + 1 }],
    ]);
});

it('whoever comes later is told all at once, and nobody else is told again', async () => {
  const { rows, watch } = table();
  rows.set('a', [{ id: 1, count: 1 }]);
  const early = watch('a');
  await passed();
  const late = watch('a');
  await passed();
  expect(late.heard).toEqual([[{ id: 1, count: 1 }]]);
  expect(early.heard).toHaveLength(1);
});

it('reads nothing that nobody watches', async () => {
  const { shared, state, watch } = table();
  const { stop } = watch('a');
  await passed(2 * PACE);
  stop();
  await passed(2_000);
  const before = state.reads;
  shared.touch('a');
  shared.touchAll();
  await passed(10 * PACE);
  expect(state.reads).toBe(before);
  expect(state.listens).toBe(1);
});

it('a read that fails is tried again until it is answered, a second apart, without a further hint', async () => {
  const { rows, state, watch } = table();
  state.away = true;
  rows.set('a', [{ id: 1, count: 1 }]);
  const { heard } = watch('a');
  await passed(5_000);
  expect(heard).toEqual([]);
  expect(state.reads).toBeLessThan(8);
  state.away = false;
  await passed(1_000);
  expect(heard).toEqual([[{ id: 1, count: 1 }]]);
});

it('reads again by itself what goes on, without a hint, and not what is done', async () => {
  const { rows, state, watch } = table();
  rows.set('a', [{ id: 1, count: 1 }]);
  const { heard } = watch('a');
  await passed();
  rows.set('a', [{ id: 1, count: DONE }]);
  await passed(2_000);
  expect(heard.at(-1)).toEqual([{ id: 1, count: DONE }]);
  const before = state.reads;
  await passed(20_000);
  expect(state.reads).toBe(before);
});
