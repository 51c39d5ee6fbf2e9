import { z } from 'zod';
import { idRow, readRow, readRows } from '#core/rows.ts';
import { rebuild } from '#core/timelines/rebuild.ts';
import { rebuildEach } from '#core/timelines/warm.ts';
import type { Connections } from '#lab/stage/connect.ts';

const PAGE = 2_000; // people in one query
const AT_ONCE = 8; // rebuilds; more would only wait for Postgres

/**
 * Rebuilds every cold timeline, as its owner's next read would. Deliveries go on, and a push that comes in between is
 * kept. `prisma/seed` is a hundred times faster, but needs a system at rest.
 */
export async function warmAll(
  { pool, store }: Pick<Connections, 'pool' | 'store'>,
  progress: (text: string) => void,
): Promise<number> {
  const { count: all } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM "user" WHERE following_count > 0',
  });
  let done = 0;
  for (let after = 0, page = await readers(pool, after); page.length > 0; page = await readers(pool, after)) {
    await rebuildEach(page, AT_ONCE, (userId) => rebuild(pool, store, userId));
    done += page.length;
    after = page.at(-1) ?? after;
    progress(`${done.toLocaleString('en')} of ${all.toLocaleString('en')} timelines are warm`);
  }
  return done;
}

async function readers(pool: Connections['pool'], after: number): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: 'SELECT id FROM "user" WHERE following_count > 0 AND id > $1 ORDER BY id LIMIT $2',
    values: [after, PAGE],
  });
  return rows.map(({ id }) => id);
}
