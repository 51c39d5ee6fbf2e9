import { toNumber } from '#core/prisma.ts';
import type { Author, Tweet } from '#core/tweets/tweet.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/** At most `limit` tweets of an author with ids below `before`, the newest first, without deleted ones. */
export async function readTweetsBy(
  prisma: PrismaClient,
  { id, handle, name }: Author,
  { before, limit }: { before: number; limit: number },
): Promise<Tweet[]> {
  const rows = await prisma.tweet.findMany({
    where: { authorId: id, id: { lt: BigInt(before) }, deletedAt: null },
    select: { id: true, text: true, createdAt: true },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map((row) => ({
    id: toNumber(row.id),
    author: { id, handle, name },
    text: row.text,
    createdAt: row.createdAt.toISOString(),
  }));
}
