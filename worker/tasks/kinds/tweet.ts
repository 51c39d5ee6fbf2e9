import { z } from 'zod';
import { DeadLetter, RetryLater } from '#broker/port.ts';
import { type Refused, retryAfterS } from '#core/admission/admission.ts';
import { markPublished } from '#core/ledger/due.ts';
import { fanOutOf } from '#core/messages.ts';
import { type PostOutcome, postTweet, UnknownAuthor } from '#core/tweets/post-tweet.ts';
import { TASK_KEY, TWEET_TASK, tweetTaskData } from '#core/tweets/schedule-tweet.ts';
import type { WorkerContext } from '#worker/context.ts';
import type { TaskKind, TaskRun } from '#worker/tasks/task-kind.ts';

const result = z.object({ tweetId: z.int() });

type Data = z.infer<typeof tweetTaskData>;
type Result = z.infer<typeof result>;

/**
 * Posts a scheduled tweet: from here on it is one like any other. Once, however often it runs: the task is its
 * idempotency key. A full system is no failure; the tweet waits as long as a client would have been told to.
 */
export const tweet: TaskKind<Data, Result> = {
  name: TWEET_TASK,
  data: tweetTaskData,
  result,
  softMs: 10_000,
  hardMs: 15_000,
  attempts: 8,
  async run(task) {
    const { id, data, accountId, context } = task;
    if (accountId === null) throw new DeadLetter('Expected a scheduled tweet to have an author, got none');
    const draft = { authorId: accountId, text: data.text, idempotencyKey: keyOf(task) };
    const posted = await postTweet(context.pool, draft, context.limits).catch(giveUpUnknown);
    const tweetId = tweetOf(posted, id);
    await publish(context, tweetId);
    return { tweetId };
  },
};

const keyOf = ({ id }: TaskRun<Data>) => `${TASK_KEY}${id}`;

function giveUpUnknown(error: unknown): never {
  if (error instanceof UnknownAuthor) throw new DeadLetter(error.message, { cause: error });
  throw error;
}

const FULL: Record<Refused['reason'], string> = {
  backlog: 'the backlog has reached its limit',
  paused: 'deliveries are paused',
  'timelines full': 'the timeline store is nearly full',
  'queue full': 'the queue is nearly full',
};

const SOON = 500; // ms; another run of the same task is posting it right now

function tweetOf(posted: PostOutcome, taskId: number): number {
  switch (posted.outcome) {
    case 'posted':
      return posted.tweet.id;
    case 'full':
      throw new RetryLater(retryAfterS(posted.roomInS) * 1_000, `Waits for room: ${FULL[posted.reason]}`);
    case 'too fast':
      throw new RetryLater(
        posted.waitS * 1_000,
        'Waits: the account has posted as often as it may in a minute',
      );
    case 'in progress':
      throw new RetryLater(SOON, 'Waits: it is being posted');
    case 'mismatch':
      throw new DeadLetter(`Task ${taskId} has posted its tweet already, with another text`);
  }
}

/** As the web process does after its answer; the relay is the net under it. */
async function publish({ broker, pool }: WorkerContext, tweetId: number): Promise<void> {
  try {
    await broker.publish('fan-out', [fanOutOf(tweetId)]);
    await markPublished(pool, [tweetId]);
  } catch {
    // The row stays due: the relay hands it over.
  }
}
