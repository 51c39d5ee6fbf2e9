import 'server-only';
import type { SuggestionsView, TrendsView } from '#app/contract.ts';
import { web } from '#app/server/root.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';
import { readTrends, TREND_HOURS } from '#core/trends/trends.ts';

/** What stands beside the timeline; null is what cannot be read now, which must not cost the timeline. */
export type Around = { trends: TrendsView | null; suggestions: SuggestionsView | null };

const TRENDS = 8;
const SUGGESTED = 4;

/** Two lookups, both computed in advance. */
export async function readAround(accountId: number): Promise<Around> {
  const { pool } = web();
  const [trends, suggestions] = await Promise.all([
    readTrends(pool, TRENDS).then(
      (read) => ({ ...read, hours: TREND_HOURS }),
      () => null,
    ),
    readSuggestions(pool, accountId, SUGGESTED).then(
      (list) => list ?? { accounts: [], readers: 0, computedAt: null },
      () => null,
    ),
  ]);
  return { trends, suggestions };
}
