import { Readable } from 'node:stream';
import type pg from 'pg';
import yazl from 'yazl';
import { z } from 'zod';
import { OverQuota, type Quotas, takeTurn } from '#core/admission/quotas.ts';
import { tweetsCsv, tweetsJson } from '#core/archive/own-tweets.ts';
import { peopleCsv, type TextPage } from '#core/archive/people.ts';
import { type Database, transaction } from '#core/postgres.ts';
import { readRow } from '#core/rows.ts';
import { type Composed, composeTasks } from '#core/tasks/compose.ts';
import type { PrismaClient } from '#prisma/client/client.ts';
import type { UserSelect } from '#prisma/client/models.ts';

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
const ARCHIVE = 'archive';
export const ARCHIVE_FILE = 'archive-file';
export const ARCHIVE_ZIP = 'archive-zip';

/** The files of an archive that take long for a large account, in the order of the zip. */
export const ARCHIVE_FILES = ['tweets.json', 'tweets.csv', 'following.csv', 'followers.csv'] as const;
export type ArchiveFile = (typeof ARCHIVE_FILES)[number];

/**
 * Asks for the archive of an account. While one is unfinished, asking again returns that one. Throws {@link OverQuota} when
 * the account has as many as it may keep, or has asked for as many within a day, because the disk holds them all. Because of
 * the unique key, nobody else can ask for the same account before this is committed.
 */
export const askArchive = (
  pool: pg.Pool,
  accountId: number,
  { archives, archivesPerDay }: Pick<Quotas, 'archives' | 'archivesPerDay'>,
): Promise<Composed> =>
  transaction(pool, async (client) => {
    const composed = await compose(client, accountId);
    const isNew = composed.first.length > 0;
    if (!isNew) return composed;
    await checkArchives(client, { accountId, asked: composed.id, most: archives });
    await takeTurn(client, { accountId, thing: 'archives', most: archivesPerDay });
    return composed;
  });

const compose = (client: pg.PoolClient, accountId: number): Promise<Composed> =>
  composeTasks(client, {
    name: ARCHIVE,
    accountId,
    uniqueKey: `${ARCHIVE} asked by ${accountId}`,
    steps: [
      ARCHIVE_FILES.map((file) => ({ kind: ARCHIVE_FILE, data: { file } })),
      { kind: ARCHIVE_ZIP, data: {} },
    ],
  });

const archivesKept = z.object({ used: z.int(), waitS: z.number().nullable() });

/** Throws when the account has as many archives as it may. A cancelled one does not count: it has no files any more. */
async function checkArchives(
  client: pg.PoolClient,
  { accountId, asked, most }: { accountId: number; asked: number; most: number },
): Promise<void> {
  const { used, waitS } = await readRow(client, archivesKept, {
    text: `
      SELECT count(*)::int AS used, extract(epoch FROM min(expires_at) - clock_timestamp())::float8 AS "waitS"
      FROM task WHERE account_id = $1 AND kind = '${ARCHIVE}' AND id <> $2 AND state <> 'cancelled'
        AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    values: [accountId, asked],
  });
  if (used >= most) throw new OverQuota({ what: 'archives kept', most, used }, waitS);
}

/** Whose archive it is, and how much there is to write. */
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
export async function findOwner(prisma: PrismaClient, accountId: number): Promise<Owner | null> {
  const found = await prisma.user.findUnique({ where: { id: accountId }, select: PROFILE });
  if (!found) return null;
  const { createdAt, ...profile } = found;
  const tweetCount = await prisma.tweet.count({ where: { authorId: accountId, deletedAt: null } });
  return { ...profile, joinedAt: createdAt, tweetCount };
}

const PROFILE = {
  ...{ id: true, handle: true, name: true, bio: true },
  ...{ followerCount: true, followingCount: true, createdAt: true },
} satisfies UserSelect;

/** Rows that a file will hold. */
export function rowsOf(file: ArchiveFile, { tweetCount, followerCount, followingCount }: Owner): number {
  if (file === 'followers.csv') return followerCount;
  return file === 'following.csv' ? followingCount : tweetCount;
}

/**
 * The text of one file, a page at a time, so that a million followers take no more memory than twelve. It does not show one
 * moment of the database: what changes meanwhile may be in it.
 */
export function readFile(
  { pool, prisma }: Database,
  file: ArchiveFile,
  ownerId: number,
): AsyncGenerator<TextPage> {
  switch (file) {
    case 'tweets.json':
      return tweetsJson(prisma, ownerId);
    case 'tweets.csv':
      return tweetsCsv(prisma, ownerId);
    case 'following.csv':
      return peopleCsv(pool, ownerId, 'following');
    case 'followers.csv':
      return peopleCsv(pool, ownerId, 'followers');
  }
}

export type Written = { file: ArchiveFile; read(): AsyncIterable<Buffer> };

/** Zips the files with a profile and a README, piece by piece. A piece is read when the piece before it was taken. */
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

/** Makes the archive fail when a piece cannot be read: yazl would wait for it for ever, because pipes carry no errors. */
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

/** What is in an archive, for whoever opens it. */
const readMe = ({ handle, name }: Owner, at: Date): string => `Archive of @${handle} (${name})
Packed ${at.toISOString()} by tweet-fanout.

profile.json   the account: handle, name, bio, when it joined, counts
tweets.json    every tweet that is not deleted, oldest first, exactly as written
tweets.csv     the same as a table
following.csv  whom the account follows: id, handle, name
followers.csv  who follows the account: id, handle, name

Times are ISO 8601, UTC. Text is UTF-8. In the .csv files a cell that begins with = + - or @, wide or not, has a '
before it, so that no spreadsheet takes it for a formula; tweets.json has it as it was written. What was tweeted or
followed while this was being packed may be in it or not.
`;
