import { expect, it } from 'vitest';
import { SLOTS, slotOf, tagsOf } from './shard-tags.ts';

it('gives the tags of the versions before to the layout of before', () => {
  expect(tagsOf({ shards: 3 })).toEqual(['0', '1', '2']);
});

it('computes slots as Redis Cluster does', () => {
  // From `CLUSTER KEYSLOT`.
  expect(['123456789', '0', 'foo'].map(slotOf)).toEqual([12_739, 13_907, 12_182]);
});

it.each([1, 3, 8, 64])('spreads %s shards evenly over as many masters', (shards) => {
  const masters = tagsOf({ shards, generation: 4 }).map((tag) => Math.floor((slotOf(tag) * shards) / SLOTS));
  expect(masters).toEqual(Array.from({ length: shards }, (_, shard) => shard));
});

it('gives no tag to two layouts', () => {
  const layouts = [0, 1, 2].flatMap((generation) => [1, 2, 3].map((shards) => ({ shards, generation })));
  const generations = new Map<string, number>();
  for (const layout of layouts)
    for (const tag of tagsOf(layout)) {
      expect(generations.get(tag) ?? layout.generation).toBe(layout.generation);
      generations.set(tag, layout.generation);
    }
});
