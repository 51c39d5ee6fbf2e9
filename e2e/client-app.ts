import type { APIRequestContext } from '@playwright/test';
import { z } from 'zod';

/** A client that somebody else wrote, as the server knows it. */
export type Client = z.infer<typeof registered> & { redirect_uri: string };

/** In place of an address: the code is shown. */
export const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

const registered = z.object({ client_id: z.string(), client_secret: z.string() });

/** Registers an app. */
export async function register(
  request: APIRequestContext,
  name: string,
  redirect_uri = OUT_OF_BAND,
): Promise<Client> {
  const form = { client_name: name, redirect_uris: redirect_uri, scopes: 'read write' };
  const app = registered.parse(await (await request.post('/api/v1/apps', { form })).json());
  return { ...app, redirect_uri };
}

/** Where an app sends its user to. */
export function consentPath({ client_id, redirect_uri }: Client, scope = 'read write'): string {
  const query = { client_id, redirect_uri, response_type: 'code', scope, state: 's' };
  return `/oauth/authorize?${new URLSearchParams(query)}`;
}

/** What an app does with the code that it was given: it fetches its token. */
export async function fetchToken(request: APIRequestContext, client: Client, code: string): Promise<string> {
  const form = { ...client, code, grant_type: 'authorization_code' };
  const answer: unknown = await (await request.post('/oauth/token', { form })).json();
  return z.object({ access_token: z.string() }).parse(answer).access_token;
}
