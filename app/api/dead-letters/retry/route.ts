import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { publishChunks } from '#app/server/publish.ts';
import { retryDeadLettersRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { retryAllFailed } from '#core/ledger/retry-all-failed.ts';

/**
 * Gives dead letters another chance: all of a queue, or those chunks that died of one error. The ledger first, or the
 * messages would come back to chunks that are given up and be ignored.
 */
export const POST = route(async (request) => {
  await actingAccount(request);
  const { queue, error } = await readBody(request, retryDeadLettersRequest);
  const { pool, broker } = web();
  const retried = queue === 'delivery' ? await retryAllFailed(pool, error ?? null) : [];
  const messages = error === undefined ? await broker.redrive(queue) : 0;
  for (const { tweetId, numbers } of retried) await publishChunks(tweetId, numbers);
  const chunks = retried.reduce((sum, { numbers }) => sum + numbers.length, 0);
  return json({ chunks, messages }, { status: 202 });
});
