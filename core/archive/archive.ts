import { Readable } from 'node:stream';
import yazl from 'yazl';
import { tweetsCsv, tweetsJson } from '#core/archive/own-tweets.ts';
import { peopleCsv, type TextPage } from '#core/archive/people.ts';
import type { Database } from '#core/postgres.ts';
import type { PrismaClient } from '#prisma/client/client.ts';
import type { UserSelect } from '#prisma/client/models.ts';

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
export async function* packArchive({ pool, prisma }: Database, packing: Packing): AsyncGenerator<Buffer> {
  const { owner, signal } = packing;
  const zip = new yazl.ZipFile();
  const now = new Date();
  const add = (name: string, pages: () => AsyncIterable<TextPage>) =>
    zip.addReadStreamLazy(name, { mtime: now }, (deliver) =>
      deliver(null, failing(zip, textOf(pages(), packing))),
    );
  zip.addBuffer(Buffer.from(readMe(owner, now)), 'README.txt', { mtime: now });
  zip.addBuffer(Buffer.from(`${JSON.stringify(owner, null, 2)}\n`), 'profile.json', { mtime: now });
  add('tweets.json', () => tweetsJson(prisma, owner.id));
  add('tweets.csv', () => tweetsCsv(prisma, owner.id));
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

function textOf(pages: AsyncIterable<TextPage>, { packed, pause, signal }: Packing): Readable {
  async function* read() {
    for await (const { text, rows } of pages) {
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

/** What is in an archive, for whoever opens it. */
const readMe = ({ handle, name }: Owner, at: Date): string => `Archive of @${handle} (${name})
Packed ${at.toISOString()} by tweet-fanout.

profile.json   the account: handle, name, bio, when it joined, counts
tweets.json    every tweet that is not deleted, oldest first, exactly as written
tweets.csv     the same as a table
following.csv  whom the account follows: id, handle, name
followers.csv  who follows the account: id, handle, name

Times are ISO 8601, UTC. Text is UTF-8. In the .csv files a cell that begins with = + - or @ has a ' before it, so that
no spreadsheet takes it for a formula; tweets.json has it as it was written. What was tweeted or followed while this
was being packed may be in it or not.
`;
