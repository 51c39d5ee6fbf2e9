import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { pauseRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { setPaused } from '#core/admission/pause.ts';

/** Pauses deliveries, or lets them go on; idempotent. */
export const PUT = route(async (request) => {
  await actingAccount(request);
  const { paused } = await readBody(request, pauseRequest);
  return json(await setPaused(web().pool, paused));
});
