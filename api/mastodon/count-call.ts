import type { Context } from 'hono';
import type { CallFigures } from '#api/mastodon/call-rates.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError } from '#api/mastodon/errors.ts';
import { networkOf } from '#api/proxy.ts';
import { SECOND } from '#core/durations.ts';

/** Counts a call, says in its answer how many are left, and refuses one too many. */
export async function countCall(c: Pick<Context<MastodonEnv>, 'env' | 'res' | 'var'>): Promise<void> {
  const figures = await c.env.web.clients.callRates.count(callerOf(c.var.token, c.env));
  const { headers } = c.res; // refusals get them too
  headers.set('X-RateLimit-Limit', String(figures.limit));
  headers.set('X-RateLimit-Remaining', String(figures.remaining));
  headers.set('X-RateLimit-Reset', new Date(figures.resetAt).toISOString());
  refuseTooMany(figures, 'calls a minute');
}

/**
 * Who acts for no account counts for the network: nobody becomes a new caller by another guess at a token, or by one more
 * app.
 */
function callerOf(token: MastodonEnv['Variables']['token'], env: MastodonEnv['Bindings']): string {
  const account = token === null || token === 'invalid' ? null : token.account;
  return account ? `account ${account.id}` : `network ${networkOfCall(env)}`;
}

/** The network that a call comes from. */
export const networkOfCall = ({ incoming, web }: MastodonEnv['Bindings']): string =>
  networkOf(incoming, web.config.TRUST_PROXY);

/** Refuses what is over its rate, with the true wait. */
export function refuseTooMany({ limit, resetAt, isOver }: CallFigures, what: string): void {
  if (!isOver) return;
  const waitS = Math.max(1, Math.ceil((resetAt - Date.now()) / SECOND));
  throw new MastodonError(
    429,
    `Too many requests: expected at most ${limit} ${what}, try again in ${waitS} s`,
    {
      headers: { 'retry-after': String(waitS) },
    },
  );
}
