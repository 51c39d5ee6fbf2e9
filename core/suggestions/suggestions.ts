import type pg from 'pg';
import type { Suggestions } from '#core/suggestions/suggest.ts';

/** The kind of a task that computes them. */
export const SUGGESTIONS_TASK = 'suggestions';

/** One list is computed once at a time, whoever asks for it: the key that `POST /api/tasks` gives it too. */
export const suggestionsKey = (accountId: number): string => `${SUGGESTIONS_TASK} of ${accountId}`;

type Queryable = Pick<pg.Pool, 'query'>;

/** Somebody to follow, as shown. `shared` people follow somebody whom the account follows, and them too. */
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
export const FRESH_HOURS = 24;

/** Replaces an account's list. */
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

/** The first of an account's list that it does not follow by now; null before it was ever computed. */
export async function readSuggestions(
  pool: Queryable,
  accountId: number,
  limit: number,
): Promise<SuggestionList | null> {
  const { rows } = await pool.query<{ accounts: SuggestedAccount[]; readers: number; computedAt: Date }>(
    `SELECT l.readers, l.computed_at AS "computedAt", coalesce((
       SELECT json_agg(a) FROM (
         SELECT u.id, u.handle, u.name, u.follower_count AS "followerCount", s.shared
         FROM jsonb_to_recordset(l.suggested) AS s (id int, shared int, score float8)
         JOIN "user" u ON u.id = s.id
         WHERE NOT EXISTS (SELECT FROM follow WHERE followee_id = s.id AND follower_id = $1)
         ORDER BY s.score DESC, s.id LIMIT $2
       ) a
     ), '[]') AS accounts
     FROM suggestion_list l WHERE account_id = $1`,
    [accountId, limit],
  );
  const row = rows[0];
  return row ? { ...row, computedAt: row.computedAt.toISOString() } : null;
}

/** Accounts whose list is no longer fresh, the oldest first. */
export async function staleSuggestions(pool: Queryable, limit: number): Promise<number[]> {
  const { rows } = await pool.query<{ accountId: number }>(
    `SELECT account_id AS "accountId" FROM suggestion_list
     WHERE computed_at < statement_timestamp() - $1 * interval '1 h' ORDER BY computed_at LIMIT $2`,
    [FRESH_HOURS, limit],
  );
  return rows.map((row) => row.accountId);
}
