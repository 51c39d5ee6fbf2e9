import { type IdRange, newestFirst } from '#core/id-range.ts';
import { toNumber } from '#core/prisma.ts';
import { type Author, appOf, type Tweet } from '#core/tweets/tweet.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/** Tweets of an author, the newest first, without deleted ones. */
export async function readTweetsBy(
  prisma: PrismaClient,
  { id, handle, name }: Author,
  { before, after, limit, take }: IdRange,
): Promise<Tweet[]> {
  const rows = await prisma.tweet.findMany({
    where: { authorId: id, id: { lt: BigInt(before), gt: BigInt(after) }, deletedAt: null },
    select: { id: true, text: true, createdAt: true, appName: true, appWebsite: true },
    orderBy: { id: take === 'newest' ? 'desc' : 'asc' },
    take: limit,
  });
  const tweets = rows.map((row) => ({
    ...{ id: toNumber(row.id), author: { id, handle, name }, text: row.text },
    createdAt: row.createdAt.toISOString(),
    ...appOf(row.appName, row.appWebsite),
  }));
  return newestFirst(tweets, take);
}
