import { csvLine } from '#core/archive/csv.ts';
import type { TextPage } from '#core/archive/people.ts';
import { toNumber } from '#core/prisma.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/** An author's tweets as CSV, oldest first; those that were deleted are not in it. */
export async function* tweetsCsv(prisma: PrismaClient, authorId: number): AsyncGenerator<TextPage> {
  yield { text: csvLine('id', 'createdAt', 'text'), rows: 0 };
  for await (const tweets of pages(prisma, authorId)) {
    const lines = tweets.map(({ id, createdAt, text }) => csvLine(String(id), createdAt, text));
    yield { text: lines.join(''), rows: tweets.length };
  }
}

/** The same as one JSON array, a tweet a line. */
export async function* tweetsJson(prisma: PrismaClient, authorId: number): AsyncGenerator<TextPage> {
  let before = '[\n';
  for await (const tweets of pages(prisma, authorId)) {
    yield { text: before + tweets.map((tweet) => JSON.stringify(tweet)).join(',\n'), rows: tweets.length };
    before = ',\n';
  }
  yield { text: before === ',\n' ? '\n]\n' : '[]\n', rows: 0 };
}

const PAGE = 1_000; // tweets; Prisma needs 2.3 ms of Node's only thread for them

async function* pages(prisma: PrismaClient, authorId: number) {
  for (let after = 0n; ; ) {
    const rows = await prisma.tweet.findMany({
      where: { authorId, id: { gt: after }, deletedAt: null },
      select: { id: true, createdAt: true, text: true },
      orderBy: { id: 'asc' },
      take: PAGE,
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id, createdAt, text }) => ({
      id: toNumber(id),
      createdAt: createdAt.toISOString(),
      text,
    }));
    after = last.id;
  }
}
