import { EventEmitter, once } from 'node:events';
import { z } from 'zod';
import { openEmptyBroker, openOwnBroker } from '#broker/open-broker.ts';
import type { Consumer, Delivery, OwnBroker } from '#broker/port.ts';
import { type Arrivals, type Moments, pushToAll } from '#lab/bench/sync/ways.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { APART, type ApartTimelines } from './apart-timelines.ts';
import { type ApartTweet, commitApart } from './commit-apart.ts';
import type { Start } from './lanes.ts';

const QUEUE = 'task';
const PATIENCE = 60_000; // ms; the lease of a killed consumer runs out within 10 s on every broker

/** Opens a queue for the race, on the broker of the running system, without what a killed run has left there. */
export const openEmptyRaceQueue = ({ config }: Pick<Connections, 'config'>): Promise<OwnBroker> =>
  openEmptyBroker(config, 'race', [QUEUE]);

/** Opens the same queue as it is. */
export const openRaceQueue = ({ config }: Pick<Connections, 'config'>): OwnBroker =>
  openOwnBroker(config, 'race', [QUEUE]);

const job = z.object({ authorId: z.number(), tweetId: z.number(), followers: z.number() });
type Job = z.infer<typeof job>;

type Doing = { began?: number; told?: Start['told']; mayGo?: () => void };

/** Does a whole job: pushes to one chunk of followers after another. */
export async function doJob(
  connections: Connections,
  { body }: Pick<Delivery, 'body'>,
  { began = performance.now(), told, mayGo }: Doing,
): Promise<Arrivals & Job> {
  const parsed = job.parse(body);
  return {
    ...parsed,
    ...(await pushToAll(connections, { ...parsed, shard: APART, began, ...(mayGo && { mayGo }) }, told)),
  };
}

/** Starts to take jobs from the race's queue, one at a time. */
export const takeJobs = (broker: OwnBroker, handle: (delivery: Delivery) => Promise<void>): Consumer =>
  broker.consume(QUEUE, handle, { concurrency: 1 });

/** Delivers each tweet by one job. This process asks for the job and does it. In between it goes through the broker. */
export class OneJob {
  readonly #asked = new Map<number, { began: number; told: Start['told'] }>();
  readonly #done = new EventEmitter();
  #consumer: Consumer | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly apart: ApartTimelines,
    readonly broker: OwnBroker,
  ) {}

  /** Begins to take jobs. */
  open(): void {
    this.#consumer = takeJobs(this.broker, async (delivery) => {
      const tweetId = job.safeParse(delivery.body).data?.tweetId ?? 0;
      const asked = this.#asked.get(tweetId) ?? {};
      const mayGo = () => this.apart.requireOpen();
      const arrivals = await doJob(this.connections, delivery, { ...asked, mayGo });
      this.#done.emit(String(tweetId), arrivals);
    });
  }

  /** Takes no more jobs until it is opened again. */
  async pause(): Promise<void> {
    await this.#consumer?.stop(1_000);
  }

  async post({ authorId, text, told }: Start): Promise<Moments> {
    const began = performance.now();
    const tweet = await commitApart(this.connections.pool, { authorId, text });
    const answer = performance.now() - began;
    this.#asked.set(tweet.tweetId, { began, told });
    // Together: when the publish is refused, nobody waits for the job any more, and its end by the clock is no error.
    const [arrivals] = await Promise.all([this.done(tweet.tweetId), this.publish(authorId, tweet)]);
    return { answer, ...arrivals };
  }

  /** Publishes a job. */
  async publish(authorId: number, tweet: ApartTweet): Promise<void> {
    this.apart.noteTweet(tweet.tweetId);
    const body: Job = { authorId, ...tweet };
    await this.broker.publish(QUEUE, [{ key: `${tweet.tweetId}`, body }]);
  }

  /** Resolves when this process has done the job of a tweet. */
  async done(tweetId: number): Promise<Arrivals> {
    try {
      const [arrivals] = await once(this.#done, String(tweetId), { signal: AbortSignal.timeout(PATIENCE) });
      return arrived.parse(arrivals);
    } finally {
      this.#asked.delete(tweetId);
    }
  }
}

const arrived = z.object({ first: z.number(), median: z.number(), last: z.number() });
