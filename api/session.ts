import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { Refusal } from '#api/problem.ts';
import { DAY, MINUTE, SECOND } from '#core/durations.ts';

/** The demo accounts that a browser has signed in, the newest last. The cookie holds them: no query is needed. */
export type Session = { accounts: SessionAccount[] };
export type SessionAccount = { id: number; handle: string };

export const SESSION_COOKIE = 'session';
const MAX_AGE = (30 * DAY) / SECOND;

/** Verifying costs 60 to 100 µs, a third of what a warm home page may cost. */
const REMEMBERED = { max: 10_000, ttl: MINUTE }; // cookies

const payload = z.object({ accounts: z.array(z.object({ id: z.int(), handle: z.string() })) });
const NOBODY: Session = { accounts: [] };

/** Seals sessions into cookies and opens them again. */
export class Sessions {
  readonly #key: Uint8Array;
  readonly #opened = new LRUCache<string, Session>(REMEMBERED);

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret);
  }

  /** Reads the session out of a cookie's value; one that is missing, forged or too old is an empty session. */
  async open(cookie: string | undefined): Promise<Session> {
    if (!cookie) return NOBODY;
    const known = this.#opened.get(cookie);
    if (known) return known;
    const verified = await jwtVerify(cookie, this.#key, { algorithms: ['HS256'] }).catch(() => null);
    const session = payload.safeParse(verified?.payload).data;
    if (session) this.#opened.set(cookie, session);
    return session ?? NOBODY;
  }

  /** The `Set-Cookie` value that holds a session. `Secure` only where the browser came by HTTPS. */
  async seal(session: Session, { secure }: { secure: boolean }): Promise<string> {
    const token = await new SignJWT(session)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime(`${MAX_AGE}s`)
      .sign(this.#key);
    const flags = secure ? '; Secure' : '';
    return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE}${flags}`;
  }
}

/** The session cookie's value in a `Cookie` header. */
export function cookieIn(header: string | undefined): string | undefined {
  const pair = header?.split(/;\s*/).find((each) => each.startsWith(`${SESSION_COOKIE}=`));
  return pair?.slice(SESSION_COOKIE.length + 1);
}

/** The account that acts: the one that `X-Account` names, else the last one signed in. Refuses one that is not held. */
export function actingAccount(session: Session, handle: string | undefined): SessionAccount {
  if (handle !== undefined) return heldAccount(session, handle);
  const last = session.accounts.at(-1);
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
