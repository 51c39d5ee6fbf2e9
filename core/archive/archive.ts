import { Readable } from 'node:stream';
import type pg from 'pg';
import yazl from 'yazl';
import { z } from 'zod';
import { tweetsCsv, tweetsJson } from '#core/archive/own-tweets.ts';
import { type Page, peopleCsv } from '#core/archive/people.ts';
import { readMe } from '#core/archive/read-me.ts';
import { transaction } from '#core/postgres.ts';
import { readRows } from '#core/rows.ts';
import { type Composed, composeTasks } from '#core/tasks/compose.ts';

/**
 * An archive is a composition: its files are written at the same time, by any workers, and a last task zips them.
 *
 *     archive ── archive-file tweets.json ───┐
 *            ├── archive-file tweets.csv ────┤
 *            ├── archive-file following.csv ─┼──▶ archive-zip ──▶ the file to download
 *            └── archive-file followers.csv ─┘
 *
 * A worker that dies costs the one file that it was writing.
 */
export const ARCHIVE = 'archive';
export const ARCHIVE_FILE = 'archive-file';
export const ARCHIVE_ZIP = 'archive-zip';

/** The files of an archive that take long for a large account, in the order of the zip. */
export const ARCHIVE_FILES = ['tweets.json', 'tweets.csv', 'following.csv', 'followers.csv'] as const;
export type ArchiveFile = (typeof ARCHIVE_FILES)[number];

/** Asks for the archive of an account; while one is unfinished, asking again returns that one. */
export const askArchive = (pool: pg.Pool, accountId: number): Promise<Composed> =>
  transaction(pool, (client) =>
    composeTasks(client, {
      name: ARCHIVE,
      accountId,
      uniqueKey: `${ARCHIVE} asked by ${accountId}`,
      steps: [
        ARCHIVE_FILES.map((file) => ({ kind: ARCHIVE_FILE, data: { file } })),
        { kind: ARCHIVE_ZIP, data: {} },
      ],
    }),
  );

const owner = z.object({
  id: z.int(),
  handle: z.string(),
  name: z.string(),
  bio: z.string(),
  followerCount: z.int(),
  followingCount: z.int(),
  joinedAt: z.date(),
  tweetCount: z.int(),
});

/** Whose archive it is, and how much there is to write. */
export type Owner = z.infer<typeof owner>;

/** The owner of an archive; null when there is no such account. */
export async function findOwner(pool: pg.Pool, accountId: number): Promise<Owner | null> {
  const [found] = await readRows(pool, owner, {
    text: `
      SELECT id, handle, name, bio, follower_count AS "followerCount", following_count AS "followingCount",
        created_at AS "joinedAt",
        (SELECT count(*)::int FROM tweet WHERE author_id = u.id AND deleted_at IS NULL) AS "tweetCount"
      FROM "user" u WHERE id = $1`,
    values: [accountId],
  });
  return found ?? null;
}

/** Rows that a file will hold. */
export function rowsOf(file: ArchiveFile, { tweetCount, followerCount, followingCount }: Owner): number {
  if (file === 'followers.csv') return followerCount;
  return file === 'following.csv' ? followingCount : tweetCount;
}

/**
 * The text of one file, a page at a time: memory stays the same for twelve followers and for a million. It is not one
 * moment of the database: what changes meanwhile may be in it.
 */
export function readFile(pool: pg.Pool, file: ArchiveFile, ownerId: number): AsyncGenerator<Page> {
  switch (file) {
    case 'tweets.json':
      return tweetsJson(pool, ownerId);
    case 'tweets.csv':
      return tweetsCsv(pool, ownerId);
    case 'following.csv':
      return peopleCsv(pool, ownerId, 'following');
    case 'followers.csv':
      return peopleCsv(pool, ownerId, 'followers');
  }
}

export type Written = { file: ArchiveFile; read(): AsyncIterable<Buffer> };

/** Zips the files with a profile and a README, piece by piece: a file is read when the piece before it is taken. */
export async function* zipArchive(
  owner: Owner,
  files: Written[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const zip = new yazl.ZipFile();
  const now = new Date();
  zip.addBuffer(Buffer.from(readMe(owner, now)), 'README.txt', { mtime: now });
  zip.addBuffer(Buffer.from(`${JSON.stringify(owner, null, 2)}\n`), 'profile.json', { mtime: now });
  for (const { file, read } of files)
    zip.addReadStreamLazy(file, { mtime: now }, (deliver) =>
      deliver(null, failing(zip, Readable.from(read(), { highWaterMark: 1 }))),
    );
  zip.end();
  yield* inPieces(outputOf(zip), signal);
}

/** A piece that cannot be read fails the archive: yazl would wait for it for ever, and pipes carry no errors. */
function failing(zip: yazl.ZipFile, source: Readable): Readable {
  return source.on('error', (error) => zip.emit('error', error));
}

function outputOf(zip: yazl.ZipFile): Readable {
  const output = zip.outputStream;
  if (!(output instanceof Readable)) throw new Error('Expected yazl to write to a stream of Node');
  zip.on('error', (error) => output.destroy(error));
  return output;
}

/** Bytes a piece: a row of Postgres that is read and sent at once. */
const PIECE = 256 * 1024;

/** Gathers bytes into pieces for the ledger. */
export async function* inPieces(bytes: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  let [held, size]: [Buffer[], number] = [[], 0];
  for await (const more of bytes) {
    signal.throwIfAborted();
    held.push(more);
    size += more.length;
    if (size < PIECE) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}
