import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import type { Suggestions } from '#core/suggestions/suggest.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/** The kind of a task that computes them. */
export const SUGGESTIONS_TASK = 'suggestions';

/** The unique key of computing a list, so that it is computed once at a time. `POST /api/tasks` uses it too. */
export const suggestionsKey = (accountId: number): string => `${SUGGESTIONS_TASK} of ${accountId}`;

type Queryable = Pick<pg.Pool, 'query'>;

/** Somebody to follow, as shown. So many `shared` people follow them, and also somebody whom the account follows. */
export type SuggestedAccount = {
  id: number;
  handle: string;
  name: string;
  followerCount: number;
  shared: number;
};

/** What was computed last for an account. Times are ISO 8601, UTC. */
export type SuggestionList = { accounts: SuggestedAccount[]; readers: number; computedAt: string };

/** Hours after which a list is computed anew. */
const FRESH_HOURS = 24;

/** Replaces an account's list. It is SQL because lists age by the clock of Postgres, which Prisma cannot name. */
export async function keepSuggestions(
  pool: Queryable,
  accountId: number,
  { suggested, readers }: Suggestions,
): Promise<void> {
  await pool.query(
    `INSERT INTO suggestion_list (account_id, suggested, readers, computed_at)
     VALUES ($1, $2, $3, clock_timestamp())
     ON CONFLICT (account_id) DO UPDATE
       SET suggested = excluded.suggested, readers = excluded.readers, computed_at = excluded.computed_at`,
    [accountId, JSON.stringify(suggested), readers],
  );
}

/** The first people of an account's list whom it does not follow yet; null before a list was computed. */
export async function readSuggestions(
  prisma: PrismaClient,
  accountId: number,
  limit: number,
): Promise<SuggestionList | null> {
  const list = await prisma.suggestionList.findUnique({ where: { accountId } });
  if (!list) return null;
  const best = suggestedList.parse(list.suggested).sort((a, b) => b.score - a.score || a.id - b.id);
  const people = await prisma.user.findMany({
    where: { id: { in: best.map(({ id }) => id) }, followers: { none: { followerId: accountId } } },
    select: { id: true, handle: true, name: true, followerCount: true },
  });
  const byId = new Map(people.map((person) => [person.id, person]));
  const accounts = best.flatMap(({ id, shared }) => {
    const person = byId.get(id);
    return person ? [{ ...person, shared }] : [];
  });
  return {
    readers: list.readers,
    computedAt: list.computedAt.toISOString(),
    accounts: accounts.slice(0, limit),
  };
}

const suggestedList = z.array(z.object({ id: z.int(), score: z.number(), shared: z.int() }));

/** Accounts whose list is no longer fresh, the oldest first. */
export async function staleSuggestions(pool: Queryable, limit: number): Promise<number[]> {
  const rows = await readRows(pool, z.object({ accountId: z.number() }), {
    text: `
      SELECT account_id AS "accountId" FROM suggestion_list
      WHERE computed_at < statement_timestamp() - $1 * interval '1 h' ORDER BY computed_at LIMIT $2`,
    values: [FRESH_HOURS, limit],
  });
  return rows.map((row) => row.accountId);
}
