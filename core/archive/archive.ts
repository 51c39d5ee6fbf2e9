import { Readable } from 'node:stream';
import type pg from 'pg';
import yazl from 'yazl';
import { tweetsCsv, tweetsJson } from '#core/archive/own-tweets.ts';
import { type Part, peopleCsv } from '#core/archive/people.ts';
import { readMe } from '#core/archive/read-me.ts';

/** The kind of a task that packs an archive. */
export const ARCHIVE_TASK = 'archive';

/** Who asked, with how much there is to pack. */
export type Owner = {
  id: number;
  handle: string;
  name: string;
  bio: string;
  followerCount: number;
  followingCount: number;
  joinedAt: Date;
  tweetCount: number;
};

/** The owner of an archive; null when there is no such account. */
export async function findOwner(pool: pg.Pool, accountId: number): Promise<Owner | null> {
  const { rows } = await pool.query<Owner>(
    `SELECT id, handle, name, bio, follower_count AS "followerCount", following_count AS "followingCount",
       created_at AS "joinedAt",
       (SELECT count(*)::int FROM tweet WHERE author_id = u.id AND deleted_at IS NULL) AS "tweetCount"
     FROM "user" u WHERE id = $1`,
    [accountId],
  );
  return rows[0] ?? null;
}

/** Rows that an archive will hold: tweets twice, as JSON and as CSV. */
export const rowsOf = ({ tweetCount, followerCount, followingCount }: Owner): number =>
  2 * tweetCount + followerCount + followingCount;

export type Packing = {
  owner: Owner;
  signal: AbortSignal;
  /** Rows since the last call. */
  packed(rows: number): void;
  /** Before each page: whoever waits for deliveries goes first. */
  pause(): Promise<unknown>;
};

/**
 * Everything of an account as a zip, piece by piece. Pages are read when the pieces before them are taken: memory stays
 * the same for twelve followers and for a million. Not one moment of the database: what changes meanwhile may be in it.
 */
export async function* packArchive(pool: pg.Pool, packing: Packing): AsyncGenerator<Buffer> {
  const { owner, signal } = packing;
  const zip = new yazl.ZipFile();
  const now = new Date();
  const add = (name: string, parts: () => AsyncIterable<Part>) =>
    zip.addReadStreamLazy(name, { mtime: now }, (deliver) =>
      deliver(null, failing(zip, textOf(parts(), packing))),
    );
  zip.addBuffer(Buffer.from(readMe(owner, now)), 'README.txt', { mtime: now });
  zip.addBuffer(Buffer.from(`${JSON.stringify(owner, null, 2)}\n`), 'profile.json', { mtime: now });
  add('tweets.json', () => tweetsJson(pool, owner.id));
  add('tweets.csv', () => tweetsCsv(pool, owner.id));
  add('following.csv', () => peopleCsv(pool, owner.id, 'following'));
  add('followers.csv', () => peopleCsv(pool, owner.id, 'followers'));
  zip.end();
  yield* pieces(outputOf(zip), signal);
}

/** A page that cannot be read fails the archive: yazl would wait for it for ever, and pipes carry no errors. */
function failing(zip: yazl.ZipFile, source: Readable): Readable {
  return source.on('error', (error) => zip.emit('error', error));
}

function outputOf(zip: yazl.ZipFile): Readable {
  const output = zip.outputStream;
  if (!(output instanceof Readable)) throw new Error('Expected yazl to write to a stream of Node');
  zip.on('error', (error) => output.destroy(error));
  return output;
}

function textOf(parts: AsyncIterable<Part>, { packed, pause, signal }: Packing): Readable {
  async function* read() {
    for await (const { text, rows } of parts) {
      signal.throwIfAborted();
      packed(rows);
      yield Buffer.from(text);
      await pause();
    }
  }
  return Readable.from(read(), { highWaterMark: 1 }); // pages
}

/** Bytes a piece: a row of Postgres that is read and sent at once. */
const PIECE = 256 * 1024;

async function* pieces(output: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  let [held, size]: [Buffer[], number] = [[], 0];
  for await (const bytes of output) {
    signal.throwIfAborted();
    held.push(bytes);
    size += bytes.length;
    if (size < PIECE) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}
