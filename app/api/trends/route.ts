import { json, route } from '#app/server/api-route.ts';
import { limitOf } from '#app/server/page-request.ts';
import { web } from '#app/server/root.ts';
import { readTrends, TREND_HOURS } from '#core/trends/trends.ts';

/** What is talked of, as it was counted last. */
export const GET = route(async (request) => {
  const trends = await readTrends(web().pool, limitOf(request));
  return json({ ...trends, hours: TREND_HOURS });
});
