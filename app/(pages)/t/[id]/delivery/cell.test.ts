import { expect, test } from 'vitest';
import { after, chunk } from '#app/browser/example-delivery.test-data.ts';
import { cellDetails, cellState, range } from './cell.ts';

test('a chunk that came again after it was delivered shows the ignored redelivery', () => {
  expect(cellState(chunk({ redeliveries: 2, attempts: 3 }))).toBe('redelivery ignored');
});

test('a chunk that needed a second attempt shows as retried once it is delivered', () => {
  expect(cellState(chunk({ attempts: 2 }))).toBe('retried');
  expect(cellState(chunk({ attempts: 2, state: 'in flight' }))).toBe('in flight');
});

test('a failed chunk stays failed however often it was tried', () => {
  expect(cellState(chunk({ attempts: 5, state: 'failed' }))).toBe('failed');
});

test('the details name the range of followers, the counts, the worker and the time', () => {
  const line = cellDetails(chunk({ number: 1, delivered: 4_990, cold: 9, gone: 1, finishedAt: after(51) }));
  expect(line.join(' · ')).toBe(
    'Chunk 2: delivered · follower ids 101 to 5,100 · 5,000 expected · 4,990 delivered · 9 cold · 1 gone · 1 attempt · worker worker-1 · 31 ms',
  );
});

test('a chunk of one follower has no range', () => {
  expect(range(chunk({ fromId: 7, toId: 7 }))).toBe('7');
});
