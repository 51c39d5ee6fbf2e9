import { json, route } from '#app/server/api-route.ts';
import { pageOf } from '#app/server/page-request.ts';
import { Refusal } from '#app/server/problem.ts';
import { readUserTweets } from '#app/server/read.ts';

export const GET = route<{ handle: string }>(async (request, { handle }) => {
  const page = await readUserTweets(handle, pageOf(request));
  if (!page) throw new Refusal('not-found', `Expected a person's handle, got ${handle}`);
  return json(page);
});
