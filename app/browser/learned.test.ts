import { beforeEach, expect, test, vi } from 'vitest';
import { noteEffect, noteRun, parseLearned, runKey } from './learned.ts';
import { emptyLocalStorage } from './local-storage.test-data.ts';

let storage: Record<string, string>;
beforeEach(() => {
  storage = emptyLocalStorage();
  vi.stubGlobal('window', new EventTarget());
});
const known = () => parseLearned(storage.learned ?? null);

test('an effect is stored once, and a run beside it', () => {
  for (const effect of ['tweet accepted', 'tweet accepted', 'verdict of no-worker']) noteEffect(effect);
  const run = { id: 1, startedAt: '2026-11-26T05:00:00.000Z' };
  noteRun(run);
  expect(known()).toEqual({ effects: ['tweet accepted', 'verdict of no-worker'], runs: [runKey(run)] });
});

test('a run of a system that was started again is another one, although it has the same number', () => {
  expect(runKey({ id: 1, startedAt: 'a' })).not.toBe(runKey({ id: 1, startedAt: 'b' }));
});

test('the newest runs are kept, and no more than can have a verdict', () => {
  for (let id = 1; id <= 30; id++) noteRun({ id, startedAt: 'now' });
  expect(known().runs).toHaveLength(20);
  expect(known().runs[0]).toBe('30 now');
});

test.each(['', '{', '[]', '{"effects":[1],"runs":[]}', '{"effects":"all"}'])(
  'what is no such note is nothing: %s',
  (text) => {
    storage.learned = text;
    expect(known()).toEqual({ effects: [], runs: [] });
    noteEffect('tweet accepted');
    expect(known().effects).toEqual(['tweet accepted']);
  },
);
