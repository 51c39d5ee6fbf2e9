import { createHmac, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { textsIn } from '#api/mastodon/bodies.ts';
import { CHALLENGE } from '#api/mastodon/oauth-model.ts';
import { OUT_OF_BAND } from '#api/mastodon/redirect-uris.ts';
import { cookieIn } from '#api/session.ts';
import { type App, findApp } from '#core/clients/apps.ts';
import { allows, parseScopes } from '#core/clients/scopes.ts';

/** What an app asks for, in the query of `GET /oauth/authorize`. */
const question = z.object({
  client_id: z.string().regex(/^[\x21-\x7e]+$/),
  redirect_uri: z.string(),
  response_type: z.string(),
  scope: z.string().default(''),
  state: z.string().optional(),
  code_challenge: z.string().regex(CHALLENGE).optional(),
  code_challenge_method: z.string().optional(),
});

type Question = z.infer<typeof question>;

/** What an answer must not change. */
type Shown = Pick<Question, 'client_id' | 'redirect_uri' | 'scope'>;

/** What the page of consent shows: who asks for what, or why nobody can be asked. */
export type ConsentView =
  | { kind: 'ask'; app: App; scopes: string[]; sendsTo: string; fields: Record<string, string> }
  | { kind: 'refused'; why: string };

/**
 * Asks the user whether an app may act. The answer comes with a token that only our own page has: it belongs to the
 * session, the app, the place that the code is sent to, and the scopes that were shown.
 */
export class Consents {
  constructor(
    private readonly pool: pg.Pool,
    private readonly secret: string,
  ) {}

  /** What the page shows for this query. */
  async describe(query: unknown, cookies: string | undefined): Promise<ConsentView> {
    const parsed = question.safeParse(query);
    if (!parsed.success) return refused(`Expected ${parsed.error.issues[0]?.path.join('.')} in the address`);
    const asked = parsed.data;
    const app = await findApp(this.pool, asked.client_id);
    if (!app) return refused('No app is registered under this client_id. It may have been unused for long');
    if (!app.redirectUris.includes(asked.redirect_uri))
      return refused('The redirect_uri is none of those that the app was registered with');
    const why = problemOf(asked);
    if (why) return refused(why);
    const scopes = parseScopes(asked.scope);
    if (!scopes?.every((scope) => allows(app.scopes, scope)))
      return refused('The app asks for more than it was registered for');
    const sent = { ...asked, scope: scopes.join(' ') }; // what is shown, and not how the app wrote it
    const fields = { ...textsIn(sent), csrf_token: this.#tokenOf(sent, cookies) };
    const { id, name, website } = app;
    return { kind: 'ask', app: { id, name, website }, scopes, sendsTo: placeOf(asked.redirect_uri), fields };
  }

  /** Whether an answer comes from our own page, which was shown to this session for this app and these scopes. */
  isOwn(answer: Shown, token: string, cookies: string | undefined): boolean {
    const expected = Buffer.from(this.#tokenOf(answer, cookies));
    const got = Buffer.from(token);
    return got.length === expected.length && timingSafeEqual(got, expected);
  }

  #tokenOf({ client_id, redirect_uri, scope }: Shown, cookies: string | undefined): string {
    const shownTo = JSON.stringify(['consent', cookieIn(cookies) ?? null, client_id, redirect_uri, scope]);
    return createHmac('sha256', this.secret).update(shownTo).digest('base64url');
  }
}

const refused = (why: string): ConsentView => ({ kind: 'refused', why });

function problemOf({
  response_type,
  code_challenge,
  code_challenge_method: method,
}: Question): string | null {
  if (response_type !== 'code') return 'Expected response_type=code';
  if (code_challenge !== undefined && method !== undefined && method !== 'S256')
    return 'Expected code_challenge_method=S256';
  return null;
}

/** The place that the code is sent to, as a person reads it. */
function placeOf(redirectUri: string): string {
  if (redirectUri === OUT_OF_BAND) return OUT_OF_BAND;
  const { protocol, host } = new URL(redirectUri);
  return /^https?:$/.test(protocol) ? host : protocol;
}
