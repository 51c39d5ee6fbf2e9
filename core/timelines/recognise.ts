import type pg from 'pg';
import { z } from 'zod';
import { isoUtc } from '#core/iso-utc.ts';
import { GENERATION_SQL, type Layout, readLayout } from '#core/ledger/layout.ts';
import { Script } from '#core/lua/script.ts';
import { durableTransaction } from '#core/postgres.ts';
import { tagIn } from '#core/redis.ts';
import { readRow, readRows } from '#core/rows.ts';
import { clockKey, ledgerKey } from '#core/timelines/epoch.ts';
import { keysWith } from '#core/timelines/scan.ts';
import { allTags, epochKey, type TimelineStore } from '#core/timelines/timeline.ts';

/**
 * Finds out whether the ledger has lost something. A Postgres that was restored to a minute ago looks complete. But it
 * gives new tweets ids that were given before. And the timeline store holds receipts, entries and removals of a minute
 * that the ledger knows nothing about.
 *
 *     token   names this branch of the ledger's history; every loss begins another branch
 *     beat    a number that a worker raises twice a second; it is on disk before anybody hears of it
 *
 * Each shard of the store remembers token, beat and newest id. It is behind by one beat at most:
 *
 *     ledger   T 7 ── T 8 ── T 9 ── T 10            restored:  T 8 ──▶ lower than 10, a loss ──▶ U 8, ids set ahead
 *     shard       ╲ T 7 ╲ T 8 ╲ T 9 ╲ T 10                     T 10 ─▶ another token than U: forgotten and repaired
 *
 * Nobody raises a beat without comparing it first, so a loss is found however late somebody looks. A shard that
 * remembers another ledger is of unknown age, like one whose clock is gone. Its timelines and receipts are removed, and
 * rebuilt from what the ledger holds (see epoch.ts). At every start of a server, loss or not, ids are set ahead, and
 * nothing is posted before that: see `recognise_ledger` of the migration.
 */
export type Ledger = { token: string; beat: number; newestId: number };

type Client = Pick<pg.ClientBase, 'query'>;

const position = z.object({
  now: z.date(),
  /** Whether somebody has compared this server since it was started. */
  isKnown: z.boolean(),
  token: z.string(),
  beat: z.int(),
  newestId: z.int(),
  /** Repairs of shards that have begun so far. */
  repairs: z.int(),
  /** The token of the last repair of each shard, by generation and shard. */
  seals: z.record(z.string(), z.string()),
});

/** Where the ledger is at a moment. */
export type Position = z.infer<typeof position>;

/** Where the ledger is, and the time by Postgres' clock: the one clock that all processes share. */
export function readLedger(client: Client): Promise<Position> {
  return readRow(client, position, {
    text: `
      SELECT clock_timestamp() AS now, started_at = pg_postmaster_start_time() AS "isKnown", token, beat,
        (SELECT last_value FROM tweet_id_seq) AS "newestId", repairs,
        (SELECT coalesce(json_object_agg(generation || ' ' || shard, token), '{}') FROM timeline_seal) AS seals
      FROM ledger_incarnation`,
  });
}

/** The token of the repair that the ledger knows as the last one of a shard; "" when it knows none. */
export const sealOf = (
  { seals }: Pick<Position, 'seals'>,
  { generation = 0 }: Layout,
  shard: number,
): string => seals[`${generation} ${shard}`] ?? '';

/**
 * Counts a repair, before it reads what it pushes again, and notes its token as the last one of its shard. From then on no
 * chunk is finished that was pushed by what was known before. A server that was taken for the shard until now, and that
 * nobody has told, is not trusted any more either: its epoch has another token.
 */
export async function announceRepair(
  pool: pg.Pool,
  { generation = 0, shard, token }: { generation?: number | undefined; shard: number; token: string },
): Promise<void> {
  await durableTransaction(pool, async (client) => {
    await client.query('UPDATE ledger_incarnation SET repairs = repairs + 1');
    await client.query(
      `INSERT INTO timeline_seal (generation, shard, token) VALUES ($1, $2, $3)
       ON CONFLICT (generation, shard) DO UPDATE SET token = excluded.token`,
      [generation, shard, token],
    );
  });
}

/**
 * The next beat, unless somebody else has made it, or another layout is in force: the beat is for its shards to remember.
 * Waits for the disk, see {@link Ledger}.
 */
export async function beat(pool: Client, { token, beat }: Ledger, { generation = 0 }: Layout): Promise<void> {
  await pool.query(
    `UPDATE ledger_incarnation SET beat = beat + 1, beat_at = clock_timestamp()
     FROM (SELECT set_config('synchronous_commit', 'on', true)) durably
     WHERE token = $1 AND beat = $2 AND $3 = ${GENERATION_SQL}`,
    [token, beat, generation],
  );
}

const loss = z.object({ after: z.int(), to: z.int(), at: z.iso.datetime() });

/** What the last restore lost: tweets with ids above `after` and up to `to`, as far as the timeline store knows. */
export type Loss = z.infer<typeof loss>;

/** The last loss of this ledger, or null. */
export async function readLoss(client: Client): Promise<Loss | null> {
  const [found = null] = await readRows(client, loss, {
    text: `SELECT lost_after AS after, lost_to AS to, ${isoUtc('lost_at')} AS at
      FROM ledger_incarnation WHERE lost_at IS NOT NULL`,
  });
  return found;
}

/** In words, for logs. */
export const inWords = ({ after, to }: Loss): string =>
  to > after
    ? `Postgres was restored: tweets ${after + 1} to ${to} are not there any more`
    : 'Postgres was restored: no tweet that the timeline store knows of is missing';

/**
 * For each new connection: compares a server of Postgres that nobody has compared yet, see {@link recogniseLedger}. For
 * a known server this is one more query. It never fails: a server that cannot be compared now takes no posts, and the
 * next connection tries again.
 */
export function recognising(
  store: TimelineStore,
  log: (line: string) => void,
): (client: pg.ClientBase) => Promise<void> {
  return async (client) => {
    const loss = await recogniseServer(client, store).catch(() => null);
    if (loss) log(inWords(loss));
  };
}

async function recogniseServer(client: Client, store: TimelineStore): Promise<Loss | null> {
  const { isKnown } = await readLedger(client);
  return isKnown ? null : recogniseLedger(client, store);
}

const recognised = z.object({ token: z.string(), beat: z.int(), isLoss: z.boolean() });
type Recognised = z.infer<typeof recognised>;

/**
 * Compares the ledger with what the timeline store remembers of it. Sets ids ahead, begins another branch after a loss,
 * and makes the shards of other branches be forgotten. Returns a loss that nobody has found before. Dying between any
 * two steps is harmless: a shard that is not forgotten still remembers what the ledger lacks, so the next look finds
 * it.
 */
export async function recogniseLedger(client: Client, known: TimelineStore): Promise<Loss | null> {
  const store = { ...known, ...(await readLayout(client)) };
  const memories = await readMemories(store).catch(() => []); // the store is away: a later look compares it
  const here = await compare(client, memories);
  for (const memory of memories)
    if (isForeign(memory, here)) await forgetShard(store, memory).catch(() => {});
  return here.isLoss ? readLoss(client) : null;
}

type Memory = Ledger & { tag: string; text: string };

const SCAN = 10_000; // keys that one step of a scan looks at

/**
 * What the shards remember. When none of the layout in force remembers anything, all others are asked: a ledger that was
 * restored to before a change of the layout does not know the one whose shards remember it.
 */
async function readMemories(store: TimelineStore): Promise<Memory[]> {
  const own = await memoriesOf(store, allTags(store));
  if (own.length > 0) return own;
  const tags = new Set<string>();
  for await (const keys of keysWith(store.redis, LEDGER_KEYS, SCAN))
    for (const key of keys) tags.add(tagIn(key));
  return memoriesOf(store, [...tags]);
}

const LEDGER_KEYS = ledgerKey('').slice(0, -1); // without the brace that ends a tag

async function memoriesOf(store: TimelineStore, tags: readonly string[]): Promise<Memory[]> {
  const memories = await Promise.all(tags.map((tag) => readMemory(store, tag)));
  return memories.filter((memory) => memory !== null);
}

async function readMemory({ redis }: TimelineStore, tag: string): Promise<Memory | null> {
  const text = await redis.get(ledgerKey(tag));
  if (text === null) return null;
  const [token = '', beat, newestId] = text.split(' ');
  return { tag, text, token, beat: Number(beat), newestId: Number(newestId) };
}

/** Calls the function `recognise_ledger`, whose contract is in the migration that made it. */
function compare(client: Client, memories: Memory[]): Promise<Recognised> {
  return readRow(client, recognised, {
    text: `
      SELECT here_token AS token, here_beat AS beat, is_loss AS "isLoss" FROM recognise_ledger($1, $2, $3)`,
    values: [
      memories.map(({ token }) => token),
      memories.map(({ beat }) => beat),
      memories.map(({ newestId }) => newestId),
    ],
  });
}

const isForeign = (memory: Memory, { token, beat }: Recognised): boolean =>
  memory.token !== token || memory.beat > beat;

const forgetting = new Script('forget-shard');

/** See forget-shard.lua. */
async function forgetShard({ redis }: TimelineStore, { tag, text }: Memory): Promise<void> {
  await forgetting.run(redis, [ledgerKey(tag), epochKey(tag), clockKey(tag)], [text]);
}
