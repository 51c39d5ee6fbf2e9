import { expect, it } from 'vitest';
import { gate } from '#testing/task-stage.ts';
import { Grouped } from './grouped.ts';

it('an item that comes alone goes at once, and what comes meanwhile goes together', async () => {
  const groups: number[][] = [];
  const { open, opened } = gate();
  const doubled = new Grouped(async (items: number[]) => {
    groups.push(items);
    await opened;
    return items.map((item) => 2 * item);
  });
  const first = doubled.add(1);
  await expect.poll(() => groups).toEqual([[1]]);
  const others = [2, 3, 4].map((item) => doubled.add(item));
  open();
  expect(await Promise.all([first, ...others])).toEqual([2, 4, 6, 8]);
  expect(groups).toEqual([[1], [2, 3, 4]]);
});

it('an item that fails takes no other along', async () => {
  const halved = new Grouped(async (items: number[]) => {
    if (items.includes(3)) throw new Error('three');
    return items.map((item) => item / 2);
  });
  const outcomes = await Promise.allSettled([2, 3, 4].map((item) => halved.add(item)));
  expect(outcomes).toMatchObject([{ value: 1 }, { reason: new Error('three') }, { value: 2 }]);
  expect(await halved.add(6)).toBe(3);
});
