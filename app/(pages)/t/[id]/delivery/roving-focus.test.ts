import { expect, test } from 'vitest';
import { walk } from './roving-focus.ts';

const grid = { count: 23, columns: 10 };

test('arrows walk the grid and stop at its edges', () => {
  expect(walk(0, 'ArrowRight', grid)).toBe(1);
  expect(walk(0, 'ArrowLeft', grid)).toBe(0);
  expect(walk(5, 'ArrowDown', grid)).toBe(15);
  expect(walk(15, 'ArrowDown', grid)).toBe(15);
  expect(walk(3, 'ArrowUp', grid)).toBe(3);
  expect(walk(22, 'ArrowRight', grid)).toBe(22);
});

test('Home and End stay in the row, also in a last row that is not full', () => {
  expect(walk(14, 'Home', grid)).toBe(10);
  expect(walk(14, 'End', grid)).toBe(19);
  expect(walk(20, 'End', grid)).toBe(22);
});

test('Page Up and Page Down go to the first and the last chunk', () => {
  expect(walk(14, 'PageUp', grid)).toBe(0);
  expect(walk(14, 'PageDown', grid)).toBe(22);
});
