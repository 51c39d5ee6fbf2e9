import type { z } from 'zod';
import { refusalOf } from '#api/refusal-of.ts';

/**
 * A refusal as clients of the Mastodon API read it: `{ error, error_description? }`. For most calls `error` is a sentence.
 * For those of OAuth it is a word that programs know, and the sentence is the description.
 */
export class MastodonError extends Error {
  override name = 'MastodonError';
  constructor(
    readonly status: number,
    readonly error: string,
    readonly extras: { description?: string; headers?: Record<string, string> } = {},
  ) {
    super(error);
  }

  /** Clients refuse to read `application/problem+json`. */
  get headers(): Record<string, string> {
    return { ...this.extras.headers, 'content-type': 'application/json', 'cache-control': 'no-store' };
  }

  get body(): string {
    const { description } = this.extras;
    return JSON.stringify({
      error: this.error,
      ...(description !== undefined && { error_description: description }),
    });
  }

  toResponse(): Response {
    return new Response(this.body, { status: this.status, headers: this.headers });
  }
}

const CHALLENGE = { headers: { 'www-authenticate': 'Bearer' } };

/** No token came. */
export const tokenMissing = () =>
  new MastodonError(401, 'Expected an access token: Authorization: Bearer …', CHALLENGE);

/** A token came that is none, or none any more. */
export const tokenInvalid = () =>
  new MastodonError(401, 'The access token is invalid or was revoked: sign in again', CHALLENGE);

/** The token's scopes hold none of those of which this needs one. */
export const scopeMissing = (wanted: readonly string[]) =>
  new MastodonError(
    403,
    `This action is outside the authorized scopes: expected a token with ${wanted.join(' or ')}`,
  );

/** The token is an app's own, and this acts for somebody. */
export const accountMissing = () =>
  new MastodonError(422, 'This method requires an authenticated user: the token is of an app alone');

/** There is no such thing, or not for this account. */
export const notFound = (what = 'Record not found') => new MastodonError(404, what);

/** Something sent is not as expected. Nothing was changed. */
export const invalid = (what: string) => new MastodonError(422, `Validation failed: ${what}`);

/** What a schema found wrong, each field by its name. */
export const invalidInput = (issues: readonly z.core.$ZodIssue[]) =>
  invalid(issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));

/** Turns every failure into such an error. What our own interface calls a wrong field is 422 here. */
export function mastodonErrorOf(error: unknown, say?: (line: string) => void): MastodonError {
  if (error instanceof MastodonError) return error;
  const { kind, status, detail, extras } = refusalOf(error, say);
  const headers = extras.headers ?? {};
  return kind === 'validation'
    ? new MastodonError(422, `Validation failed: ${detail}`, { headers })
    : new MastodonError(status, detail, { headers });
}
