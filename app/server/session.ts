import 'server-only';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';

/** The demo accounts that a browser has signed in, the last one last. No query is needed to know them. */
export type Session = { accounts: SessionAccount[] };
export type SessionAccount = { id: number; handle: string };

export const SESSION_COOKIE = 'session';
const MAX_AGE = 30 * 24 * 60 * 60; // seconds

const payload = z.object({ accounts: z.array(z.object({ id: z.int(), handle: z.string() })) });

const key = () => new TextEncoder().encode(web().config.SESSION_SECRET);

/** Reads the session out of a cookie's value; one that is missing, forged or too old is an empty session. */
export async function openSession(cookie: string | undefined): Promise<Session> {
  if (!cookie) return { accounts: [] };
  const verified = await jwtVerify(cookie, key(), { algorithms: ['HS256'] }).catch(() => null);
  return payload.safeParse(verified?.payload).data ?? { accounts: [] };
}

/** The session of a request. */
export function sessionOf(request: Request): Promise<Session> {
  const cookies = request.headers.get('cookie') ?? '';
  const pair = cookies.split(/;\s*/).find((each) => each.startsWith(`${SESSION_COOKIE}=`));
  return openSession(pair?.slice(SESSION_COOKIE.length + 1));
}

/** The `Set-Cookie` value that holds a session. Not `Secure`: the demo is served on http://localhost. */
export async function sealSession(session: Session): Promise<string> {
  const token = await new SignJWT(session)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(`${MAX_AGE}s`)
    .sign(key());
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE}`;
}

/** The account that a request acts as: `X-Account`, without it the last one signed in. Refuses any other. */
export async function actingAccount(request: Request): Promise<SessionAccount> {
  const { accounts } = await sessionOf(request);
  const handle = request.headers.get('x-account');
  if (handle !== null) return heldAccount({ accounts }, handle);
  const last = accounts.at(-1);
  if (!last) throw new Refusal('unauthorized', 'Sign in first: POST /api/session with { "handle": … }');
  return last;
}

/** An account by handle, if the session holds it. */
export function heldAccount({ accounts }: Session, handle: string): SessionAccount {
  const account = accounts.find((each) => each.handle === handle);
  if (account) return account;
  const held = accounts.map((each) => each.handle).join(', ') || 'none';
  throw new Refusal('forbidden', `Account ${handle}: expected one that this session holds (${held})`);
}
