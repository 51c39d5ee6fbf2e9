import OAuth2Server from '@node-oauth/oauth2-server';
import { z } from 'zod';
import { MastodonError, mastodonErrorOf } from '#api/mastodon/errors.ts';
import { oauthModel, parsable } from '#api/mastodon/oauth-model.ts';
import { CODE_LASTS } from '#core/clients/codes.ts';
import type { TokenStores } from '#core/clients/tokens.ts';
import { SECOND } from '#core/durations.ts';

/** The parameters of a request, as OAuth has them: texts alone. */
export type Fields = Record<string, string>;

/** What a token's owner gets. It has no end, so that nothing is said of one. */
export type TokenAnswer = { access_token: string; token_type: 'Bearer'; scope: string; created_at: number };

const issued = z.object({ accessToken: z.string(), scope: z.array(z.string()), createdAt: z.date() });

/** The flows of OAuth 2, by a library: one of them each process. */
export class OAuthServer {
  readonly #server: OAuth2Server;

  constructor(stores: TokenStores) {
    this.#server = new OAuth2Server({
      model: oauthModel(stores),
      allowEmptyState: true, // toot sends none
      authorizationCodeLifetime: CODE_LASTS / SECOND,
      // All apps have a secret. One that cannot keep it proves by PKCE that the code is its own.
    });
  }

  /** Gives a token for a code, or to an app for itself. */
  async token(fields: Fields): Promise<TokenAnswer> {
    const given = await this.#server
      .token(requestOf(fields), new OAuth2Server.Response())
      .catch((error: unknown) => {
        throw oauthErrorOf(error);
      });
    const { accessToken, scope, createdAt } = issued.parse(given);
    const seconds = Math.floor(createdAt.getTime() / SECOND);
    return { access_token: accessToken, token_type: 'Bearer', scope: scope.join(' '), created_at: seconds };
  }

  /**
   * Answers an app for an account: with a code, or that the account has denied it. Returns where the browser goes next.
   * Throws when the app or the redirect is unknown: then it goes nowhere.
   */
  async authorize(fields: Fields & { redirect_uri: string }, accountId: number): Promise<string> {
    const response = new OAuth2Server.Response();
    const authenticateHandler = { handle: () => ({ accountId }) };
    const answer = await this.#server
      .authorize(requestOf(fields), response, { authenticateHandler })
      .then(({ authorizationCode }) => ({ code: authorizationCode }), oauthErrorOf);
    if (!(answer instanceof MastodonError)) return withAnswer(fields, answer);
    const { error, extras, status } = answer;
    // The library says where to go once it knows that the redirect is the app's own.
    if (response.get('location') === undefined || status >= 500) throw answer;
    return withAnswer(fields, {
      error,
      ...(extras.description && { error_description: extras.description }),
    });
  }
}

/** The app's address with the answer. The library would write some addresses anew, and not as they were. */
function withAnswer({ redirect_uri: uri, state }: Fields & { redirect_uri: string }, answer: Fields): string {
  const query = new URLSearchParams({ ...answer, ...(state !== undefined && { state }) });
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`;
}

/** The library takes forms only, and looks at the headers before it reads one. */
const requestOf = ({ redirect_uri: uri, ...fields }: Fields) =>
  new OAuth2Server.Request({
    ...{
      method: 'POST',
      query: {},
      body: { ...fields, ...(uri !== undefined && { redirect_uri: parsable(uri) }) },
    },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' },
  });

const UNKNOWN_CLIENT = 'invalid_client';

/** An error of the library in the words of OAuth. One that it has only passed on, of Postgres for example, stays what it is. */
export function oauthErrorOf(error: unknown): MastodonError {
  if (!(error instanceof OAuth2Server.OAuthError)) return mastodonErrorOf(error);
  const cause: unknown = Reflect.get(error, 'inner');
  if (error.name === 'server_error') return mastodonErrorOf(cause ?? error);
  const status = error.name === UNKNOWN_CLIENT ? 401 : error.code;
  return new MastodonError(status, error.name, { description: error.message });
}

/** The app is not known by this id, or has another secret. */
export const unknownClient = () =>
  new MastodonError(401, UNKNOWN_CLIENT, {
    description: 'Expected the client_id and client_secret of an app',
  });
