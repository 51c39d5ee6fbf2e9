import type { Context } from 'hono';
import { z } from 'zod';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { originOf } from '#api/mastodon/origin.ts';
import type { IdRange } from '#core/id-range.ts';

/** Above every id of ours. */
const TOP = Number.MAX_SAFE_INTEGER;

/**
 * An id that bounds a page. Clients send ids that we never gave: Mastodon.py makes one of a date, which is beyond 2^53.
 * What is larger than every id means the same as the largest.
 */
const bound = z
  .union([z.string(), z.number()])
  .transform((sent, context) => {
    const text = String(sent).trim();
    if (text === '') return undefined;
    if (/^\d{1,40}$/.test(text)) return Math.min(Number(text), TOP);
    context.addIssue('Expected an id, which is a whole number');
    return z.NEVER;
  })
  .nullish();

/** How many are wanted, `usual` when nothing is said; who wants more gets `most`. */
export const limitOf = (usual: number, most: number) =>
  z.preprocess(
    (sent) => (sent === null || sent === '' ? undefined : sent),
    z.coerce
      .number({ error: 'Expected a number' })
      .int('Expected a whole number')
      .min(1, `Expected a number from 1 to ${most}`)
      .transform((limit) => Math.min(limit, most))
      .default(usual),
  );

/**
 * Which page is wanted. `max_id`: what is below it. `since_id`: the newest above it. `min_id`: the nearest above it, to go on
 * from there without a gap.
 */
export const pageOf = (usual: number, most: number) =>
  z.object({ max_id: bound, since_id: bound, min_id: bound, limit: limitOf(usual, most) }).transform(
    ({ max_id, since_id, min_id, limit }): IdRange => ({
      before: max_id ?? TOP,
      after: min_id ?? since_id ?? 0,
      limit,
      take: min_id == null ? 'newest' : 'oldest',
    }),
  );

/** A page of tweets or of people, and whether something lies below it. */
export type Page<Item> = { items: Item[]; hasOlder: boolean };

/** Reads a page, and one item more to know whether it is the last. */
export async function readPage<Item>(
  range: IdRange,
  read: (range: IdRange) => Promise<Item[]>,
): Promise<Page<Item>> {
  if (range.take === 'oldest') return { items: await read(range), hasOlder: range.after > 0 };
  const found = await read({ ...range, limit: range.limit + 1 });
  return { items: found.slice(0, range.limit), hasOlder: found.length > range.limit };
}

type Call = Pick<Context<MastodonEnv>, 'env' | 'req' | 'header'>;

/**
 * Says in the header `Link` where the pages beside this one are. `next` stands first, because `toot` looks no further, and is
 * missing on the last page, or clients would go on for ever. The addresses hold no comma, at which they would be cut in two.
 */
export function linkPages(c: Call, ids: number[], hasOlder: boolean): void {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return;
  const here = pathWithoutBounds(c);
  const previous = `<${here}min_id=${first}>; rel="prev"`;
  c.header('link', hasOlder ? `<${here}max_id=${last}>; rel="next", ${previous}` : previous);
}

const BOUNDS = new Set(['max_id', 'since_id', 'min_id', 'access_token']);

/** The address of this call, to which a bound may be added. A token that was sent in it is not repeated. */
function pathWithoutBounds(c: Call): string {
  const { pathname, searchParams } = new URL(c.req.url);
  const kept = new URLSearchParams([...searchParams].filter(([name]) => !BOUNDS.has(name)));
  return `${originOf(c)}${pathname}?${kept.size > 0 ? `${kept}&` : ''}`;
}
