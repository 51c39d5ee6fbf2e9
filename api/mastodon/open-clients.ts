import type { Redis } from 'ioredis';
import { Cached } from '#api/cached.ts';
import { DeletedTweets } from '#api/live/deleted-tweets.ts';
import { PostedTweets } from '#api/live/posted-tweets.ts';
import { CallRates } from '#api/mastodon/call-rates.ts';
import { Consents } from '#api/mastodon/consent.ts';
import { OAuthServer } from '#api/mastodon/oauth-server.ts';
import { StatusTexts } from '#api/mastodon/streaming/status-texts.ts';
import { TokenStreams } from '#api/mastodon/streaming/token-streams.ts';
import { SharedCounts } from '#api/shared-counts.ts';
import { Sockets } from '#api/upgrade.ts';
import type { PeopleCache } from '#core/accounts/people-cache.ts';
import { readInstanceFigures } from '#core/clients/instance-figures.ts';
import { REVOKED_TOKENS, TokenFinder, type TokenStores } from '#core/clients/tokens.ts';
import type { Config } from '#core/config.ts';
import { HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { HintSource } from '#core/hints.ts';
import { readTagTrends } from '#core/trends/tag-trends.ts';
import { TWEET_CHANGES } from '#core/tweets/tweet-changes.ts';

/** What the calls and streams of the Mastodon client API share. */
export type Clients = ReturnType<typeof openClients>;

/** What it is built on: connections, and how to open one that listens. */
export type ClientStores = TokenStores & { people: PeopleCache; listen(name: string): Redis };

const INSTANCE_CACHED = 10 * MINUTE;
const TRENDS_CACHED = 10 * SECOND; // the figures of authors are as old

/** Opens it; connections are opened and closed by the root. */
export function openClients(config: Config, { pool, redis, people, listen }: ClientStores) {
  const counts = new SharedCounts(redis);
  const changes = new HintSource(TWEET_CHANGES, () => listen('web tweets'));
  const revoked = new HintSource(REVOKED_TOKENS, () => listen('web clients'));
  return {
    /** Finds out whom a client acts for. */
    tokens: new TokenFinder(pool),
    /** OAuth, and the question that users are asked. */
    oauth: new OAuthServer({ pool, redis }),
    consents: new Consents(pool, config.SESSION_SECRET),
    /** How many calls somebody makes, and how many apps a network registers. */
    callRates: new CallRates(
      { most: config.CLIENT_CALLS_PER_MINUTE, within: MINUTE },
      { counts, name: 'calls' },
    ),
    registrations: new CallRates({ most: config.APPS_PER_HOUR, within: HOUR }, { counts, name: 'apps' }),
    /** What clients are told of this server. */
    instanceFigures: new Cached(() => readInstanceFigures(pool), INSTANCE_CACHED),
    tagTrends: new Cached(() => readTagTrends(pool), TRENDS_CACHED),
    /** Streams by WebSocket, all streams by token, and what they are told of a tweet. */
    sockets: new Sockets(),
    tokenStreams: new TokenStreams({ pool, revoked }),
    statusTexts: new StatusTexts(people),
    /** Tweets as they are posted and deleted. */
    postedTweets: new PostedTweets({ pool, changes }),
    deletedTweets: new DeletedTweets({ pool, changes }),
  };
}
