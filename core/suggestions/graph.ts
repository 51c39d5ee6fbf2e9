import type pg from 'pg';
import { z } from 'zod';
import { stepAside } from '#core/admission/step-aside.ts';
import { readRow, readRows } from '#core/rows.ts';

/** Who is followed by whom: followers by the id of the followee, ascending. 4 bytes an edge: 6 MB for 1,500,000. */
export type Graph = {
  followers: ReadonlyMap<number, Int32Array>;
  /** The largest id in it. */
  lastId: number;
};

export type ReadOptions = {
  signal: AbortSignal;
  progress(done: number, total: number, unit: string): void;
  /** Milliseconds that reading may step aside for deliveries, in all. */
  patienceMs: number;
};

const PAGE = 20_000; // edges; about 10 ms of one core of Postgres, as long as a fan-out may have to wait for it

/**
 * Reads every edge, packed on the server, a page at a time, and steps aside before each while deliveries wait: nobody
 * waits for this, but followers wait for those. When the patience is used up it goes on all the same.
 */
export async function readGraph(client: Pick<pg.ClientBase, 'query'>, options: ReadOptions): Promise<Graph> {
  const edges = new Edges();
  const total = await estimateEdges(client);
  let patience = options.patienceMs;
  for (;;) {
    options.signal.throwIfAborted();
    patience = await stepAside(client, { patienceMs: patience, signal: options.signal });
    const size = edges.add(await readPage(client, edges.last));
    options.progress(edges.size, Math.max(total, edges.size), 'follows');
    if (size < PAGE) return edges.graph();
  }
}

const followersRow = z.object({ followeeId: z.number(), followers: z.instanceof(Buffer) });
type Row = z.infer<typeof followersRow>;

/** Walks the primary key of `follow`, which holds all that is asked for: no row is fetched. */
function readPage(client: Pick<pg.ClientBase, 'query'>, last: [number, number]): Promise<Row[]> {
  return readRows(client, followersRow, {
    name: 'page-of-follows',
    text: `SELECT followee_id AS "followeeId", string_agg(int4send(follower_id), '') AS followers FROM (
        SELECT followee_id, follower_id FROM follow WHERE (followee_id, follower_id) > ($1, $2)
        ORDER BY followee_id, follower_id LIMIT $3
      ) page GROUP BY followee_id ORDER BY followee_id`,
    values: [...last, PAGE],
  });
}

/** As the last ANALYZE knew them: for the progress alone. */
async function estimateEdges(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  const { edges } = await readRow(client, z.object({ edges: z.number() }), {
    text: `SELECT reltuples AS edges FROM pg_class WHERE oid = 'follow'::regclass`,
  });
  return Math.max(0, edges);
}

/** Pages of edges become whole lists of followers. */
class Edges {
  size = 0;
  last: [followeeId: number, followerId: number] = [0, 0];
  #parts = new Map<number, Int32Array[]>();
  #lastId = 0;

  /** Returns how many there were. */
  add(rows: Row[]): number {
    const before = this.size;
    for (const { followeeId, followers } of rows) {
      const ids = unpack(followers);
      const lastFollower = ids.at(-1) ?? 0;
      this.#parts.set(followeeId, [...(this.#parts.get(followeeId) ?? []), ids]);
      this.size += ids.length;
      this.last = [followeeId, lastFollower];
      this.#lastId = Math.max(this.#lastId, followeeId, lastFollower);
    }
    return this.size - before;
  }

  graph(): Graph {
    const whole = [...this.#parts].map(([id, parts]) => [id, concat(parts)] as const);
    return { followers: new Map(whole), lastId: this.#lastId };
  }
}

/** Four bytes each, the first the largest, as int4send writes them. */
function unpack(bytes: Buffer): Int32Array {
  const ids = new Int32Array(bytes.length / 4);
  for (let n = 0; n < ids.length; n++) ids[n] = bytes.readInt32BE(n * 4);
  return ids;
}

function concat(parts: Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
