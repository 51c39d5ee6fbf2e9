import type { Person } from '../people.ts';

/** Somebody signed in. */
export type Session = { handle: string; url: string; cookie: string };

export type Caller = Person & Session;

export type Request = { method: string; path: string; body?: unknown; headers?: Record<string, string> };

/** What came back; null when nothing did, and nobody knows whether it was done. */
export type Answer = { status: number; body: unknown } | null;

const PATIENCE = 5_000; // ms; a person would press the button again

/** Asks the web process as a person; never rejects. */
export async function call(caller: Session, { method, path, body, headers }: Request): Promise<Answer> {
  try {
    const response = await fetch(caller.url + path, {
      method,
      headers: {
        cookie: caller.cookie,
        'x-account': caller.handle,
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
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle: person.handle }),
  });
  const cookie = response.headers.get('set-cookie')?.split(';', 1)[0];
  if (response.status !== 204 || !cookie)
    throw new Error(`Expected ${person.handle} to be signed in, got ${response.status}`);
  return { ...person, url, cookie };
}
