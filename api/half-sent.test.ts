import { expect, it, vi } from 'vitest';
import { HalfSent } from './half-sent.ts';

const begin = (halfSent: HalfSent, address: string) => {
  const destroy = vi.fn();
  return { destroy, finish: halfSent.begin(address, { destroy }) };
};
const beginMany = (halfSent: HalfSent, address: string, count: number) =>
  Array.from({ length: count }, () => begin(halfSent, address));

it('ends the oldest half-sent request of an address that has a hundred, and none of another', () => {
  let now = 0;
  const halfSent = new HalfSent(() => now);
  const [oldest, second] = beginMany(halfSent, 'a', 100);
  const other = begin(halfSent, 'b');
  now = 1_000;
  begin(halfSent, 'a');
  expect(oldest?.destroy).toHaveBeenCalledOnce();
  expect(second?.destroy).not.toHaveBeenCalled();
  expect(other.destroy).not.toHaveBeenCalled();
  expect(halfSent.count('a')).toBe(100);
});

it('lets a crowd in that arrives in one moment', () => {
  const halfSent = new HalfSent(() => 0);
  const crowd = beginMany(halfSent, 'a', 500);
  for (const { destroy } of crowd) expect(destroy).not.toHaveBeenCalled();
  for (const { finish } of crowd) finish();
  expect(halfSent.count('a')).toBe(0);
});

it('forgets what is finished, also when that is said twice', () => {
  const halfSent = new HalfSent(() => 0);
  const first = begin(halfSent, 'a');
  first.finish();
  const second = begin(halfSent, 'a');
  first.finish();
  expect(halfSent.count('a')).toBe(1);
  second.finish();
  expect(halfSent.count('a')).toBe(0);
});
