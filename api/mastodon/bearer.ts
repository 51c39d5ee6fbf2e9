import { createMiddleware } from 'hono/factory';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { accountMissing, scopeMissing, tokenInvalid, tokenMissing } from '#api/mastodon/errors.ts';
import type { Web } from '#api/root.ts';
import type { App } from '#core/clients/apps.ts';
import { allows } from '#core/clients/scopes.ts';
import { hashOf } from '#core/clients/secrets.ts';
import { noteUse, type Token } from '#core/clients/tokens.ts';

/** Who acts by a token, and through which app. */
export type Bearer = {
  account: { id: number; handle: string };
  app: App;
  tokenId: number;
  scopes: string[];
};

/** What endpoints behind {@link bearer} have. */
export type BearerEnv = MastodonEnv & { Variables: { bearer: Bearer } };

/** What endpoints behind {@link anybody} have: `bearer` is undefined for somebody without a token. */
export type ViewerEnv = MastodonEnv & { Variables: { bearer: Bearer | undefined } };

/**
 * Lets in who has a token of an account with one of these scopes, or with one that holds it. Cookies count for nothing
 * here: a browser sends them along, also when a page of another site asks.
 */
export const bearer = (...scopes: string[]) =>
  createMiddleware<BearerEnv>(async (c, next) => {
    c.set('bearer', requireBearer(c.var.token, scopes));
    await next();
  });

/** Lets anybody in. A token that is sent must be valid, and must have one of these scopes. */
export const anybody = (...scopes: string[]) =>
  createMiddleware<ViewerEnv>(async (c, next) => {
    const { token } = c.var;
    const isOfNobody = token === null || (token !== 'invalid' && token.account === null);
    c.set('bearer', isOfNobody ? undefined : requireBearer(token, scopes));
    await next();
  });

/** Who acts by this token. Throws the refusals; with no scopes any will do. */
export function requireBearer(token: MastodonEnv['Variables']['token'], scopes: string[]): Bearer {
  const { id, account, app, scopes: given } = requireToken(token);
  if (!account) throw accountMissing();
  if (scopes.length > 0 && !scopes.some((scope) => allows(given, scope))) throw scopeMissing(scopes);
  return { account, app, tokenId: id, scopes: given };
}

/** The token, also one of an app alone. */
export function requireToken(token: MastodonEnv['Variables']['token']): Token {
  if (token === null) throw tokenMissing();
  if (token === 'invalid') throw tokenInvalid();
  return token;
}

/** The secret in an `Authorization` header, undefined when there is none. */
export const secretIn = (header: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];

const SECRET = /^[\da-f]{64}$/;

/** The token of a secret, wherever it came from. */
export async function tokenOf(
  { pool, clients, afterAnswer }: Web,
  secret: string | undefined,
): Promise<Token | 'invalid' | null> {
  if (secret === undefined) return null;
  const token = SECRET.test(secret) ? await clients.tokens.find(hashOf(secret)) : null;
  if (token?.isNoteDue) afterAnswer.run(() => noteUse(pool, token.id));
  return token ?? 'invalid';
}
