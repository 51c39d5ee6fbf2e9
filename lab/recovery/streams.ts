import { z } from 'zod';
import { until } from '#dev/ports.ts';
import { followStream, type StreamEvent } from '#lab/clients/follow-stream.ts';
import type { Session } from '#lab/clients/session.ts';

/** An author and a follower. */
export type Pair = { author: Session; follower: Session };

const arrival = z.object({ tweet: z.object({ id: z.number() }) });
const delivery = z.object({ tweetId: z.number(), state: z.string() });

/** The live streams of an author and of a follower, each like a tab that stays open. */
export class Streams {
  readonly #closing = new AbortController();
  readonly #heard: (StreamEvent & { viewer: string })[] = [];
  readonly #pair: Pair;
  readonly #ended: Promise<unknown>;

  constructor({ author, follower }: Pair) {
    const follow = (viewer: Session, topic: string) => {
      const heard = (event: StreamEvent) => this.#heard.push({ ...event, viewer: viewer.handle });
      return followStream(viewer, { topics: `${topic}:${viewer.handle}`, heard }, this.#closing.signal);
    };
    this.#pair = { author, follower };
    this.#ended = Promise.all([follow(author, 'posts'), follow(follower, 'home')]);
  }

  /**
   * Resolves when the author's stream has sent something, and the follower's has sent an id to go on from after a cut.
   */
  async opened(): Promise<void> {
    const { author, follower } = this.#pair;
    await until(async () => {
      const ready =
        this.#heard.some(({ viewer }) => viewer === author.handle) &&
        this.#heard.some(({ viewer, id }) => viewer === follower.handle && id !== null);
      if (!ready) throw new Error('Expected both streams to be open');
    }, 10_000);
  }

  async requireArrival(tweetId: number): Promise<void> {
    const found = this.#of('arrival').some((data) => arrival.parse(data).tweet.id === tweetId);
    if (!found) throw new Error(`Expected tweet ${tweetId} to arrive on the stream of its follower`);
  }

  async requireDelivered(tweetId: number): Promise<void> {
    const found = this.#of('delivery').map((data) => delivery.parse(data));
    if (!found.some((each) => each.tweetId === tweetId && each.state === 'delivered'))
      throw new Error(`Expected the stream of its author to say that tweet ${tweetId} is delivered`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
  }

  #of(event: string): unknown[] {
    return this.#heard.filter((each) => each.event === event).map((each) => each.data);
  }
}
