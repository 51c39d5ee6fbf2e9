import type { Arrivals } from '#api/live/arrivals.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import type { SessionAccount } from '#api/session.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

type Stores = Parameters<typeof readHome>[0];
type Sources = Stores & { arrivals: Arrivals };

const CATCH_UP = 100; // tweets at most; a reader who was away for longer reloads

/**
 * Sends `arrival` events of an account's home timeline. Each carries the newest id that was sent as its event id;
 * with that id given as `since`, or after a gap in the hints, what arrived meanwhile comes first.
 */
export async function streamHome(
  stream: EventStream,
  sources: Sources,
  { account, since }: { account: SessionAccount; since: number | null },
): Promise<void> {
  let newest = since ?? (await newestId(sources, account.id));
  const sent = new Set<number>();
  const arrived = (tweet: Tweet) => {
    if (sent.has(tweet.id)) return;
    sent.add(tweet.id);
    newest = Math.max(newest, tweet.id);
    stream.send('arrival', { account: account.handle, tweet, at: new Date().toISOString() }, String(newest));
  };
  const catchUp = async () => {
    const { tweets } = await readHome(sources, { userId: account.id, limit: CATCH_UP });
    const missed = tweets.filter((tweet) => tweet.id > newest && tweet.author.id !== account.id);
    for (const tweet of missed.reverse()) arrived(tweet);
  };
  const resync = () => void catchUp().catch(() => {});
  stream.onEnd(sources.arrivals.watch({ userId: account.id, arrived, resync }));
  // A cursor from the start: a browser that is cut off before its first arrival would otherwise come back without one.
  if (since === null) stream.send('beat', { at: new Date().toISOString() }, String(newest));
  else await catchUp();
}

async function newestId(stores: Stores, userId: number): Promise<number> {
  const { tweets } = await readHome(stores, { userId, limit: 1 });
  return tweets[0]?.id ?? 0;
}
