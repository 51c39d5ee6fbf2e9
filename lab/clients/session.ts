import { z } from 'zod';
import { SECOND } from '#core/durations.ts';

/** Somebody who has an account. */
export type Person = { id: number; handle: string };

/** Somebody signed in to the application at this URL. */
export type Session = { handle: string; url: string; cookie: string };

export type Caller = Person & Session;

export type Request = { method: string; path: string; body?: unknown; headers?: Record<string, string> };

/** What came back. Null when nothing came, so that nobody knows whether it was done. */
export type Answer = { status: number; body: unknown } | null;

const PATIENCE = 5 * SECOND; // then a person would press the button again

/** Sends a request to the web process as a person does. Never rejects. */
export async function request(caller: Session, { method, path, body, headers }: Request): Promise<Answer> {
  try {
    const response = await fetch(caller.url + path, {
      method,
      headers: {
        ...{ cookie: caller.cookie, 'x-account': caller.handle },
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  } catch {
    return null;
  }
}

/** Signs a person in. */
export async function signIn<P extends { handle: string }>(url: string, person: P): Promise<P & Session> {
  return { ...person, url, cookie: await signInAll(url, [person.handle]) };
}

/** Signs several demo accounts in to one session and returns its cookie. The last one acts unless a request says otherwise. */
export async function signInAll(url: string, handles: string[]): Promise<string> {
  let cookie = '';
  for (const handle of handles) {
    const headers = { cookie, 'content-type': 'application/json' };
    const body = JSON.stringify({ handle });
    const response = await fetch(`${url}/api/session`, { method: 'POST', headers, body });
    const set = response.headers.get('set-cookie')?.split(';', 1)[0];
    if (response.status !== 204 || !set)
      throw new Error(`Expected ${handle} to be signed in, got ${response.status}`);
    cookie = set;
  }
  return cookie;
}

/** What somebody was answered. The status is null when no answer came. */
export type Answered = { status: number | null; text: string };

const problem = z.object({ type: z.string() });

/** The type of the problem in an answer, such as `/problems/too-busy`. Undefined when there is none. */
export function problemIn(text: string): string | undefined {
  try {
    return problem.safeParse(JSON.parse(text)).data?.type;
  } catch {
    return undefined;
  }
}
