import { Cluster, type Redis } from 'ioredis';
import type pg from 'pg';
import { fuller, isAbove, memoryOfServer, type StoreMemory } from '#core/admission/admission.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { serversOf } from '#core/redis.ts';
import { laterHour, unreadSince } from '#core/timelines/last-reads.ts';
import { unlink } from '#core/timelines/scan.ts';
import { type TimelineStore, timelineKey } from '#core/timelines/timeline.ts';
import { alone, readUpkeep, timelinePattern, type Upkeep, userIdOf } from '#core/timelines/upkeep.ts';

/** Above this share of the store's memory timelines are dropped, until DROP_TO is reached. Admission refuses later. */
export const DROP_ABOVE = 0.75;
export const DROP_TO = 0.7;

const PAGE = 1_000; // keys that one SCAN looks at: 0.3 ms of the store's time, and 2 ms of Postgres'

/**
 * Keeps the timelines within the memory of their store. The store evicts nothing itself: it would take receipts as well
 * as timelines, and a push would count as a use. This drops the timelines whose owners have not read home for the
 * longest, a page of keys at each step. Returns how many keys it looked at. Of a cluster it looks at the fullest server.
 *
 *     cursor         0 ────▶ 0 ────▶ 0 ────▶          a pass over all keys, again and again until there is room
 *     unread before  never   Monday  an hour ago      with each pass more recent readers
 *
 * A timeline that is dropped is *cold*, as one that was never read: its owner's next read rebuilds it. No push, read or
 * merge leaves a hole. Each of them is one script. If it comes before the drop, its entry goes with the list. If it
 * comes after the drop, it finds no list. In both cases the rebuild takes the entry from Postgres. A rebuild whose list
 * is dropped between its marker and its merge finds no list and gives up, see merge.lua. Receipts stay, so that a chunk
 * that is delivered again adds nothing to what was rebuilt meanwhile.
 */
export async function dropUnreadOnce(pool: pg.Pool, store: TimelineStore): Promise<number> {
  const server = await fullestOf(store);
  if (!isAbove(DROP_TO, server.memory)) return 0; // a pass that has begun goes on when memory is short again
  const { dropping } = await readUpkeep(pool);
  if (!dropping && !isAbove(DROP_ABOVE, server.memory)) return 0;
  return alone(pool, (client, held) => dropPage({ client, held, store, server }));
}

/** A server of the store. Each has timelines of its own, and a memory of its own. */
type Server = { redis: Redis; memory: StoreMemory };

async function fullestOf({ redis }: TimelineStore): Promise<Server> {
  const servers = await serversOf(redis);
  const all = await Promise.all(
    servers.map(async (server) => ({ redis: server, memory: await memoryOfServer(server) })),
  );
  return all.reduce((one, other) => (fuller(one.memory, other.memory) === one.memory ? one : other));
}

type Step = { client: pg.PoolClient; held: Upkeep; store: TimelineStore; server: Server };

async function dropPage({ client, held, store, server: { redis } }: Step): Promise<number> {
  const address = addressIn(store, redis);
  const [cursor, keys] = await redis.scan(cursorIn(held, address), 'MATCH', timelinePattern, 'COUNT', PAGE);
  const dropped = await dropUnread(client, { store, keys, before: held.unreadBefore });
  const after = await fullestOf(store);
  const isDropping = isAbove(DROP_TO, after.memory);
  const later = isDropping && cursor === '0' ? await nextHour(client, held, after) : null;
  await client.query(
    `UPDATE timeline_upkeep SET dropping = $1, cursor = $2, unread_before = coalesce($3, unread_before),
       dropped = dropped + $4, dropped_at = CASE WHEN $4 > 0 THEN clock_timestamp() ELSE dropped_at END`,
    [isDropping, `${cursor} ${address}`.trim(), later, dropped],
  );
  const isOver = cursor === '0' && later === null; // the timelines of all are gone: other keys take the memory
  return isDropping && !isOver ? PAGE : 0;
}

/** A cursor belongs to the server that gave it. On another one, a pass begins. */
function cursorIn({ cursor: noted }: Upkeep, address: string): string {
  const [cursor = '0', of = ''] = noted.split(' ');
  return of === address ? cursor : '0';
}

/** A single server needs none: it stays the same one when its address is another. */
const addressIn = ({ redis }: TimelineStore, { options: { host, port } }: Redis): string =>
  redis instanceof Cluster ? `${host}:${port}` : '';

/**
 * What lies in another layout is read by nobody: it was left there when there was another number of shards. The ledger says
 * which one is in force, after these keys were found: the process may not know it yet.
 */
async function dropUnread(
  client: pg.PoolClient,
  { store, keys, before }: { store: TimelineStore; keys: string[]; before: number },
): Promise<number> {
  const layout = await readLayout(client);
  const isHome = (key: string) => key === timelineKey(userIdOf(key), layout);
  const homes = keys.filter(isHome);
  const unread = new Set(await unreadSince(client, homes.map(userIdOf), before));
  return unlink(
    store.redis,
    keys.filter((key) => !isHome(key) || unread.has(userIdOf(key))),
  );
}

/** The next pass keeps timelines read since this hour. It frees enough if all timelines are as large as the mean. */
async function nextHour(
  client: pg.PoolClient,
  held: Upkeep,
  { redis, memory: { used, max } }: Server,
): Promise<number | null> {
  const keys = await redis.dbsize();
  return laterHour(client, held.unreadBefore, Math.ceil((1 - (max * DROP_TO) / used) * keys));
}
