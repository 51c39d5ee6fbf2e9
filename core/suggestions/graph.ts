import type pg from 'pg';
import { z } from 'zod';
import { stepAside } from '#core/admission/step-aside.ts';
import { readRow, readRows } from '#core/rows.ts';

/** Who follows whom: the followers of each followee, ascending. An edge takes 4 bytes, so that 1,500,000 take 6 MB. */
export type Graph = {
  followers: ReadonlyMap<number, Int32Array>;
  /** The largest id in it. */
  lastId: number;
};

export type ReadOptions = {
  signal: AbortSignal;
  progress(done: number, total: number, unit: string): void;
  /** For so many milliseconds in all, reading lets deliveries go first. */
  patienceMs: number;
};

const PAGE = 20_000; // edges; about 10 ms of one core of Postgres, as long as a fan-out may have to wait for it

/**
 * Reads every edge, a page at a time; the server packs them. Before each page it steps aside while deliveries wait, because
 * followers wait for those. When the patience is used up, it goes on all the same.
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

/** Walks the primary key of `follow`. That index holds all that is needed, so that no row is fetched. */
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

/** How many edges the last ANALYZE found. It is used for the progress alone. */
async function estimateEdges(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  const { edges } = await readRow(client, z.object({ edges: z.number() }), {
    text: `SELECT reltuples AS edges FROM pg_class WHERE oid = 'follow'::regclass`,
  });
  return Math.max(0, edges);
}

/** Makes whole lists of followers out of pages of edges. */
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

/** Reads integers of four bytes as int4send writes them, the most significant byte first. */
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
