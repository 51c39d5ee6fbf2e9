import { connectApp } from './connected-app.ts';
import type { WebStage } from './web-stage.ts';

/** What a client got: its JSON, and the addresses in `Link`. */
export type ClientAnswer = {
  status: number;
  headers: Headers;
  json: unknown;
  next: string | null;
  previous: string | null;
};

/** A client that somebody has let in, as it calls the application. */
export type Client = {
  token: string;
  get(path: string): Promise<ClientAnswer>;
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<ClientAnswer>;
};

/** Lets a client called `toot` in to act for this account. */
export async function openClient(
  { url, web }: WebStage,
  accountId: number,
  scopes = ['read', 'write', 'follow'],
): Promise<Client> {
  const stores = { postgres: web, timelines: web.timelines.redis };
  const { token, authorization } = await connectApp(stores, { accountId, name: 'toot', scopes });
  const send: Client['send'] = async (method, path, body, headers = {}) => {
    const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(new URL(path, url), {
      method,
      ...sent,
      headers: { authorization, ...sent?.headers, ...headers },
    });
    return read(answer);
  };
  return { token, send, get: (path) => send('GET', path) };
}

async function read(answer: Response): Promise<ClientAnswer> {
  const link = answer.headers.get('link') ?? '';
  const beside = (which: string) => new RegExp(`<([^>]+)>; rel="${which}"`).exec(link)?.[1] ?? null;
  return {
    ...{ status: answer.status, headers: answer.headers, json: await answer.json() },
    ...{ next: beside('next'), previous: beside('prev') },
  };
}
