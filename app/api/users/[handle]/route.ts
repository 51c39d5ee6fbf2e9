import { json, route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { readUser } from '#app/server/read.ts';
import { actingAccount, sessionOf } from '#app/server/session.ts';

/** One person; with an account signed in also whether it follows them. */
export const GET = route<{ handle: string }>(async (request, { handle }) => {
  const signedIn = (await sessionOf(request)).accounts.length > 0;
  const viewer = signedIn ? await actingAccount(request) : undefined;
  const user = await readUser(handle, viewer?.id);
  if (!user) throw new Refusal('not-found', `Expected a person's handle, got ${handle}`);
  return json(user);
});
