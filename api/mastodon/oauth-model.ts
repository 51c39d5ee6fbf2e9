import OAuth2Server from '@node-oauth/oauth2-server';
import { OUT_OF_BAND } from '#api/mastodon/redirect-uris.ts';
import { findApp, isSecretOf } from '#core/clients/apps.ts';
import { findCode, saveCode, useCode } from '#core/clients/codes.ts';
import { revokeCode } from '#core/clients/revoke.ts';
import { allows, DEFAULT_SCOPES, parseScopes } from '#core/clients/scopes.ts';
import { hashOf, newCode, newSecret } from '#core/clients/secrets.ts';
import { saveToken, type TokenStores } from '#core/clients/tokens.ts';

type Model = OAuth2Server.AuthorizationCodeModel & OAuth2Server.ClientCredentialsModel;

/** What PKCE by S256 makes of any verifier. */
export const CHALLENGE = /^[\w-]{43}$/;

const GRANTS = ['authorization_code', 'client_credentials'];

/** Node's old URL parser, which the library uses, does not take the address that stands for none. */
export const parsable = (redirectUri: string): string =>
  redirectUri === OUT_OF_BAND ? 'out-of-band:code' : redirectUri;

/**
 * What the OAuth library asks us for: apps, codes and tokens. The library checks the flow, that is the client, the
 * redirect, the age of a code and its verifier. Ours is that a code is used once.
 *
 * A code is marked as used before its token is saved. If the process dies in between, the code is spent and the app asks
 * again. The other way round, two requests at once would both get a token.
 */
export const oauthModel = (stores: TokenStores): Model => ({
  getClient: async (clientId, secret) => {
    const app = await findApp(stores.pool, clientId);
    if (!app || (secret && !(await isSecretOf(stores.pool, app, secret)))) return null;
    return { id: String(app.id), app, grants: GRANTS, redirectUris: app.redirectUris.map(parsable) };
  },
  validateScope: async (_user, { app }, asked = DEFAULT_SCOPES) => {
    const scopes = parseScopes(asked.join(' ')); // each once: every call by the token reads them
    return scopes?.every((scope) => allows(app.scopes, scope)) ? scopes : false;
  },
  generateAuthorizationCode: async () => newCode(),
  saveAuthorizationCode: async (code, client, user) => {
    if (code.codeChallenge !== undefined && !CHALLENGE.test(code.codeChallenge)) throw wrongChallenge();
    await saveCode(stores.pool, {
      ...{ hash: hashOf(code.authorizationCode), appId: client.app.id, accountId: user.accountId },
      ...{ redirectUri: code.redirectUri, scopes: code.scope ?? DEFAULT_SCOPES },
      ...{ challenge: code.codeChallenge ?? null, expiresAt: code.expiresAt },
    });
    return { ...code, client, user };
  },
  getAuthorizationCode: (secret) => readCode(stores, secret),
  revokeAuthorizationCode: async ({ authorizationCode }) => {
    const hash = hashOf(authorizationCode);
    const isFirst = await useCode(stores.pool, hash);
    if (!isFirst) await revokeCode(stores, hash);
    return isFirst;
  },
  generateAccessToken: async () => newSecret(),
  getUserFromClient: async () => ({ accountId: null }),
  saveToken: async (token, client, { accountId }) => {
    const { accessToken, scope = DEFAULT_SCOPES, authorizationCode } = token;
    const codeHash = authorizationCode === undefined ? null : hashOf(authorizationCode);
    const kept = { hash: hashOf(accessToken), appId: client.app.id, accountId, scopes: scope, codeHash };
    const createdAt = await saveToken(stores, kept);
    if (!createdAt) throw new OAuth2Server.InvalidGrantError('Invalid grant: the code was revoked');
    return { accessToken, scope, client, user: { accountId }, createdAt };
  },
  getAccessToken: async () => null, // tokens are checked by bearer.ts
});

const wrongChallenge = () =>
  new OAuth2Server.InvalidRequestError('Invalid parameter: `code_challenge` is none by S256');

/** A code that was used before is none, and takes back what it gave. */
async function readCode(stores: TokenStores, secret: string): Promise<OAuth2Server.AuthorizationCode | null> {
  const code = await findCode(stores.pool, hashOf(secret));
  if (!code) return null;
  if (code.isUsed) {
    await revokeCode(stores, code.hash);
    return null;
  }
  const { appId, accountId, redirectUri, scopes, challenge, expiresAt } = code;
  return {
    ...{ authorizationCode: secret, expiresAt, redirectUri, scope: scopes },
    ...{ client: { id: String(appId), grants: GRANTS }, user: { accountId } },
    ...(challenge !== null && { codeChallenge: challenge, codeChallengeMethod: 'S256' }),
  };
}
