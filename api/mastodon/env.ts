import type { Input } from '#api/mastodon/bodies.ts';
import type { Env } from '#api/router.ts';
import type { CallTrace } from '#api/trace-calls.ts';
import type { Token } from '#core/clients/tokens.ts';

/** What every call of a client has: what it sent, and its token. */
export type MastodonEnv = {
  Bindings: Env['Bindings'];
  Variables: {
    /** The parameters of query and body as one record; read it by `inputOf`. */
    input: Input;
    /** Null when none was sent; `invalid` when what was sent is no token, or none any more. */
    token: Token | 'invalid' | null;
    trace?: CallTrace | undefined;
  };
};
