import { json, route } from '#app/server/api-route.ts';
import { limitOf } from '#app/server/page-request.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';

/** Whom the acting account might follow, as it was computed last; `POST /api/tasks` computes it anew. */
export const GET = route(async (request) => {
  const account = await actingAccount(request);
  const list = await readSuggestions(web().pool, account.id, limitOf(request));
  return json(list ?? { accounts: [], readers: 0, computedAt: null });
});
