import { json, route } from '#app/server/api-route.ts';
import { pageOf } from '#app/server/page-request.ts';
import { readHomeTimeline } from '#app/server/read.ts';
import { actingAccount } from '#app/server/session.ts';

export const GET = route(async (request) => {
  const account = await actingAccount(request);
  return json(await readHomeTimeline(account.id, pageOf(request)));
});
