import type { Options } from './options.ts';

const DAY = 86_400; // seconds

/** What comes at the busiest moment of an ordinary day, a second, and over a day. */
export type Load = {
  tweets: number;
  deliveries: number;
  pages: number;
  /** Of the tweets, those to more than a chunk. */
  largeTweets: number;
  smallFollowers: number;
  /** Streams that are open. */
  online: number;
  tweetsOfDay: number;
  pagesOfDay: number;
};

/** Followers are shared out between small and large tweets, so that the deliveries are those that were asked for. */
export function loadOf(options: Options): Load {
  const { dau, peak, followers } = options;
  const tweetsOfDay = options['tweets-per-day'];
  const pagesOfDay = dau * options['reads-per-user'];
  const tweets = (tweetsOfDay / DAY) * peak;
  const deliveries = tweets * followers;
  const largeTweets = Math.min(
    tweets / 2,
    (deliveries * options['large-share']) / options['large-followers'],
  );
  const smallDeliveries = deliveries - largeTweets * options['large-followers'];
  return {
    ...{ tweets, deliveries, largeTweets, tweetsOfDay, pagesOfDay },
    smallFollowers: Math.round(Math.max(1, smallDeliveries / (tweets - largeTweets))),
    pages: (pagesOfDay / DAY) * peak,
    online: dau * options.online,
  };
}
