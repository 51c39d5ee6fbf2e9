import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { invalidField } from '#app/server/problem.ts';
import { describeSession } from '#app/server/read.ts';
import { sessionRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { sealSession, sessionOf } from '#app/server/session.ts';
import { findAccount } from '#core/accounts/accounts.ts';

export const GET = route(async (request) => {
  const { accounts } = await sessionOf(request);
  return json(await describeSession(accounts.map((account) => account.id)));
});

/** Signs a demo account in, beside those that the session holds already. */
export const POST = route(async (request) => {
  const { handle } = await readBody(request, sessionRequest);
  const account = await findAccount(web().pool, handle);
  if (!account?.role) throw invalidField('handle', `Expected the handle of a demo account, got ${handle}`);
  const held = (await sessionOf(request)).accounts.filter((each) => each.id !== account.id);
  const cookie = await sealSession({ accounts: [...held, { id: account.id, handle }] });
  return new Response(null, { status: 204, headers: { 'set-cookie': cookie, 'cache-control': 'no-store' } });
});
