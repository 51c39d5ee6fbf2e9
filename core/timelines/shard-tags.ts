import type { Layout } from '#core/ledger/layout.ts';

/*
 * The `{tag}` that all keys of a shard carry. A Redis Cluster puts a key into one of 16,384 slots by the CRC16 of its tag, and
 * gives each master a range of slots. Bare numbers as tags fall unevenly: of eight shards on eight masters, four masters
 * would have two each, and four none. So the tag of shard i of N is drawn for its slot, the middle of the i-th of N ranges.
 */

/** Slots of a cluster. */
export const SLOTS = 16_384;

/** The tags of a layout, by shard. */
export function tagsOf({ shards, generation = 0 }: Layout): readonly string[] {
  const name = `${generation}/${shards}`;
  const known = drawn.get(name);
  if (known) return known;
  const tags = generation === 0 ? numbered(shards) : draw(shards, beginOf({ generation }));
  drawn.set(name, tags);
  return tags;
}

/** What the tags of a layout begin with. */
export const beginOf = ({ generation = 0 }: Pick<Layout, 'generation'>): string =>
  generation === 0 ? '' : `${generation}.`;

const drawn = new Map<string, readonly string[]>();

/** The tags of the versions before this file. */
const numbered = (shards: number): string[] => Array.from({ length: shards }, (_, shard) => String(shard));

/** Tries one number after another. Three tags take some 5 ms, 16,384 of them 100 ms. */
function draw(shards: number, prefix: string): string[] {
  const wanted = new Map(Array.from({ length: shards }, (_, shard) => [middleOf(shard, shards), shard]));
  const tags: string[] = [];
  for (let n = 0; wanted.size > 0; n++) {
    const tag = prefix + n;
    const slot = slotOf(tag);
    const shard = wanted.get(slot);
    if (shard === undefined) continue;
    tags[shard] = tag;
    wanted.delete(slot);
  }
  return tags;
}

const middleOf = (shard: number, shards: number): number => Math.floor(((shard + 0.5) * SLOTS) / shards);

const POLYNOMIAL = 0x1021;

/** The slot of a tag: its CRC16 (XMODEM), as Redis Cluster computes it. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (let at = 0; at < tag.length; at++) {
    crc ^= tag.charCodeAt(at) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    crc &= 0xffff;
  }
  return crc % SLOTS;
}
