import { json, route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { readDeliveryPage } from '#app/server/read.ts';
import { tweetIdOf } from '#app/server/tweet-id.ts';

/** The delivery alone, or with `?include=chunks` the tweet and its chunks beside it. */
export const GET = route<{ id: string }>(async (request, params) => {
  const id = tweetIdOf(params);
  const page = await readDeliveryPage(id);
  if (!page) throw new Refusal('not-found', `Expected a tweet that was fanned out, got ${id}`);
  const whole = new URL(request.url).searchParams.get('include') === 'chunks';
  return json(whole ? page : page.delivery);
});
