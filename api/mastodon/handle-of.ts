import type { Context } from 'hono';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { originOf } from '#api/mastodon/origin.ts';

/**
 * The handle, or its beginning, that a client writes as `ada`, `@ada`, `ada@our.host` or as the address of a profile.
 * Undefined for somebody on another server: only people of this one are here.
 */
export function handleOf(c: Pick<Context<MastodonEnv>, 'env'>, sent: string): string | undefined {
  const { host, hostname, origin } = new URL(originOf(c));
  const text = sent.trim().replace(`${origin}/u/`, '').replace(`${origin}/@`, '').replace(/^@/, '');
  const [handle = '', at, ...more] = text.toLowerCase().split('@');
  const isOurs = at === undefined || (more.length === 0 && [host, hostname].includes(at));
  return isOurs && handle !== '' ? handle : undefined;
}
