import { homeOf, type Timeline, watchTimeline } from '#api/live/home-topic.ts';
import { type Channel, isSilent } from '#api/mastodon/streaming/channels.ts';
import type { ClientEvent, ClientStream } from '#api/mastodon/streaming/client-stream.ts';
import type { Web } from '#api/root.ts';
import { MINUTE } from '#core/durations.ts';
import { TOP } from '#core/timelines/timeline.ts';
import { readNewest } from '#core/tweets/newest.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

/** Somebody who listens, and the address by which he knows this server. `since` is the newest id that he has heard. */
export type Listener = { userId: number; origin: string; since: number | null };

/** A subscription to one channel: it ends with its stream, or before it. */
export type Subscription = Pick<ClientStream, 'tell' | 'end' | 'onEnd'>;

/**
 * For so long a client may be away and still hear of every tweet when it is back, although most clients send no id to go on
 * from. It has what is older, or reads it when it opens home. Told again at each beginning, it would be shown twice.
 */
const AWAY = 5 * MINUTE;

/** Tells what comes on a channel, in its order, until the subscription ends. */
export async function listen(
  web: Web,
  subscription: Subscription,
  { channel, userId, origin, since }: Listener & { channel: Channel },
): Promise<void> {
  if (isSilent(channel)) return;
  const tell = teller(subscription, channel);
  const deleted = (tweetId: number) => tell({ event: 'delete', payload: String(tweetId) });
  subscription.onEnd(
    web.clients.deletedTweets.watch({ userId: channel === 'user' ? userId : 'everybody', deleted }),
  );
  const known = Date.now() - AWAY;
  await watchTimeline(subscription, channel === 'user' ? ownHome(web, userId) : everybodys(web), {
    since,
    isKnown: ({ id, createdAt }) => id <= (since ?? id) && Date.parse(createdAt) < known,
    arrived: (tweet, cursor) => tell(updateOf(web, { tweet, origin, cursor })),
  });
}

/** Tells one event after the other, however long each takes to be made. One that fails ends the subscription. */
function teller(subscription: Subscription, channel: Channel) {
  let before: Promise<unknown> = Promise.resolve();
  return (event: ClientEvent | Promise<ClientEvent>): void => {
    before = Promise.all([event, before]).then(
      ([made]) => subscription.tell(channel, made),
      () => subscription.end('failed'),
    );
  };
}

async function updateOf(
  { clients }: Web,
  { tweet, origin, cursor }: { tweet: Tweet; origin: string; cursor: number },
): Promise<ClientEvent> {
  return { event: 'update', payload: await clients.statusTexts.of(tweet, origin), id: String(cursor) };
}

/** Home with the user's own tweets, which come at once. */
function ownHome(web: Web, userId: number): Timeline {
  const home = homeOf(web, userId);
  return {
    newest: home.newest,
    watch: (listener) => {
      const stops = [home.watch(listener), web.clients.postedTweets.watch(userId, listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

const everybodys = ({ pool, clients }: Web): Timeline => ({
  newest: (limit) => readNewest(pool, { before: TOP, after: 0, limit, take: 'newest' }),
  watch: (listener) => clients.postedTweets.watch('everybody', listener),
});
