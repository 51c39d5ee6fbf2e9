import { EventEmitter, once } from 'node:events';
import { z } from 'zod';
import { openEmptyBroker } from '#broker/open-broker.ts';
import type { OwnBroker } from '#broker/port.ts';
import { time } from '#core/lab/race-result.ts';
import { median } from '#lab/harness/statistics.ts';
import type { Connections } from '#lab/stage/connect.ts';
import type { Experiment } from './experiment.ts';

const QUEUE = 'urgent';
const LIVES_S = 120; // then the keys go, even if this process is killed
const CONCURRENCY = 8;

/** Sets likes and presence dots in two ways: by the request itself, and through the queue. */
export const whenNotToQueue: Experiment = {
  info: {
    id: 'when-not-to-queue',
    title: 'When not to queue',
    statement:
      'Small work, and work that is worth nothing when it is late, is done at once: a queue would only add its own time.',
    question: 'A like and a presence dot are one write each. What does a queue do for them?',
    answers: [
      { id: 'answer', text: 'The answer comes sooner, the effect later.' },
      { id: 'direct', text: 'Nothing: answer and effect come later.' },
      { id: 'queue', text: 'Both come sooner.' },
    ],
    breaks:
      'Nothing. The queue is one of its own on the same broker, and the likes and dots are thrown away.',
    why: 'A message is a write too, and the work comes on top of it. A queue pays off where the work is larger than the hand-over. So follow, unfollow and delete are done at once here, and only the cleaning up after them comes later (core/followers/follow.ts).',
    decision: 'docs/decisions/008-when-not-to-queue.md',
    size: { of: 'likes, and as many dots', usual: 200, most: 1_000 },
    takes: 10,
  },
  async run(stage) {
    const { connections } = stage;
    const [tweet] = await stage.postMany(1);
    if (tweet?.tweetId) stage.show(tweet);
    const own = await openEmptyBroker(connections.config, 'small-writes', [QUEUE]);
    const writes = new Writes(connections, own, tweet?.tweetId ?? 0);
    stage.onEnd(() => writes.close());
    try {
      await writes.open();
      const likes = await raceOneByOne(writes, stage.options.size);
      stage.note(`${stage.options.size} likes are set in both ways, one after another`);
      const dots = await raceAtOnce(writes, stage.options.size);
      stage.note(`${stage.options.size} people come online at once`);
      const { direct, queued } = likes;
      return {
        answer: () => {
          if (direct.answered > queued.answered) return direct.done > queued.done ? 'queue' : 'answer';
          return 'direct';
        },
        measured: [
          {
            name: 'a like, at once: answered, and set',
            value: `${time(direct.answered)}, ${time(direct.done)}`,
          },
          {
            name: 'a like, queued: answered, and set',
            value: `${time(queued.answered)}, ${time(queued.done)}`,
          },
          {
            name: 'dots of as many people who come at once: the last is set, at once',
            value: time(dots.direct),
          },
          { name: 'the same, queued', value: time(dots.queued) },
        ],
      };
    } finally {
      await writes.close();
    }
  },
};

const wish = z.object({ key: z.string(), member: z.string() });

/** Small writes into the store, directly and through a queue of their own. */
class Writes {
  readonly #done = new EventEmitter().setMaxListeners(0);
  readonly #keys: { like: string; dots: string };
  #number = 0;

  constructor(
    private readonly connections: Connections,
    private readonly own: OwnBroker,
    tweetId: number,
  ) {
    this.#keys = { like: `lab:likes:${tweetId}`, dots: `lab:dots:${tweetId}` };
  }

  async open(): Promise<void> {
    this.own.consume(
      QUEUE,
      async ({ body }) => {
        const { key, member } = wish.parse(body);
        await this.#write(key, member);
        this.#done.emit(member);
      },
      { concurrency: CONCURRENCY },
    );
    await this.queued('like'); // resolves once the consumer takes messages
  }

  /** Milliseconds until the answer, which is also when it was done. */
  async direct(what: 'like' | 'dots'): Promise<Took> {
    const began = performance.now();
    await this.#write(this.#keys[what], `direct ${++this.#number}`);
    const answered = performance.now() - began;
    return { answered, done: answered };
  }

  /** Milliseconds until the broker had it, when a request could be answered, and until it was done. */
  async queued(what: 'like' | 'dots'): Promise<Took> {
    const member = `queued ${++this.#number}`;
    const done = once(this.#done, member, { signal: AbortSignal.timeout(30_000) });
    const began = performance.now();
    const [answered] = await Promise.all([
      this.own
        .publish(QUEUE, [{ key: member, body: { key: this.#keys[what], member } }])
        .then(() => performance.now() - began),
      done,
    ]);
    return { answered, done: performance.now() - began };
  }

  /** Leaves no key and no queue. May be called twice. */
  async close(): Promise<void> {
    const { like, dots } = this.#keys;
    await this.own.remove().catch(() => {}); // it may be closed already
    await this.own.close(0);
    await this.connections.store.redis.unlink(like, dots).catch(() => {}); // the store may be closed already
  }

  async #write(key: string, member: string): Promise<void> {
    await this.connections.store.redis.pipeline().sadd(key, member).expire(key, LIVES_S).exec();
  }
}

type Took = { answered: number; done: number };

/** Writes one by one. The two ways take turns. */
async function raceOneByOne(writes: Writes, count: number): Promise<{ direct: Took; queued: Took }> {
  const [direct, queued]: [Took[], Took[]] = [[], []];
  for (let n = 0; n < count; n++) {
    direct.push(await writes.direct('like'));
    queued.push(await writes.queued('like'));
  }
  return { direct: middle(direct), queued: middle(queued) };
}

const middle = (all: Took[]): Took => ({
  answered: median(all.map(({ answered }) => answered)),
  done: median(all.map(({ done }) => done)),
});

async function raceAtOnce(writes: Writes, count: number): Promise<{ direct: number; queued: number }> {
  const last = async (set: () => Promise<Took>) =>
    Math.max(...(await Promise.all(Array.from({ length: count }, set))).map(({ done }) => done));
  return {
    direct: await last(() => writes.direct('dots')),
    queued: await last(() => writes.queued('dots')),
  };
}
