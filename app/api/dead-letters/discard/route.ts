import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { diedOf } from '#app/server/dead-letters.ts';
import { discardDeadLettersRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';

/**
 * Drops dead letters for good: all of a queue, or those that died of one error. What the ledger knows of them stays: a
 * chunk that failed can still be retried on its delivery page.
 */
export const POST = route(async (request) => {
  await actingAccount(request);
  const { queue, error } = await readBody(request, discardDeadLettersRequest);
  const messages = await web().broker.discard(queue, diedOf(error));
  return json({ messages });
});
