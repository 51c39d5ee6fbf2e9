import { json, route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { tweetIdOf } from '#app/server/tweet-id.ts';
import { audit, NotAuditable } from '#core/audit/audit.ts';

/** Reads every follower's timeline back. */
export const POST = route<{ id: string }>(async (_request, params) => {
  const { pool, timelines } = web();
  const id = tweetIdOf(params);
  try {
    return json(await audit(pool, timelines, id));
  } catch (error) {
    if (error instanceof NotAuditable) throw new Refusal('not-finished', error.message);
    throw error;
  }
});
