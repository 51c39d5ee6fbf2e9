import { z } from 'zod';
import { DeadLetter, RetryLater } from '#broker/port.ts';
import type { Refused } from '#core/admission/refuse.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { SECOND } from '#core/durations.ts';
import { markPublished } from '#core/ledger/publish.ts';
import { tellPulled } from '#core/ledger/pulled.ts';
import { fanOutOf } from '#core/messages.ts';
import { finishHeld, holdTask } from '#core/tasks/finish.ts';
import { toJson } from '#core/tasks/json.ts';
import { type Alongside, posterAlongside } from '#core/tweets/post-alongside.ts';
import { type PostOutcome, postBy, UNLIMITED, UnknownAuthor } from '#core/tweets/post-tweet.ts';
import { TASK_KEY, TWEET_TASK, tweetTaskData } from '#core/tweets/schedule-tweet.ts';
import { TWEET_CHANGES } from '#core/tweets/tweet-changes.ts';
import type { WorkerContext } from '#worker/context.ts';
import { Cancelled, ENDED, LeaseLost, type TaskKind, type TaskRun } from '#worker/tasks/task-kind.ts';

const result = z.object({ tweetId: z.int() });

type Data = z.infer<typeof tweetTaskData>;
type Result = z.infer<typeof result>;

/**
 * Posts a scheduled tweet, which is a tweet like any other from then on. However often this runs, it posts once: the task is
 * the idempotency key. The tweet is posted and the task finished in one commit, so that a cancelled task has never posted. A
 * full system is no failure: the tweet waits as long as a client would be told to, but looks again after 10 s at most. A
 * large one has a place in line, like one of a client.
 */
export const tweet: TaskKind<Data, Result> = {
  name: TWEET_TASK,
  data: tweetTaskData,
  result,
  softMs: 10 * SECOND,
  hardMs: 15 * SECOND,
  attempts: 8,
  async run(task) {
    const { id, data, accountId, context } = task;
    if (accountId === null) throw new DeadLetter('Expected a scheduled tweet to have an author, got none');
    const draft = { authorId: accountId, ...data, idempotencyKey: keyOf(task) };
    const poster = posterAlongside(context.pool, ending(task));
    const list = context.waitingList ?? new WaitingList();
    const name = `${accountId} ${keyOf(task)}`;
    const limits = { ...(context.limits ?? UNLIMITED), waiting: { list, name } };
    const posted = await postBy(poster, draft, limits).catch(giveUpUnknown);
    const { delivery, replayed } = postedOf(posted, {
      id,
      waitS: (refused) => list.retryAfterS(name, refused),
    });
    const { tweetId } = delivery;
    list.places.leave(name);
    TWEET_CHANGES.tell(context.hints, { kind: 'posted', tweetId, authorId: accountId });
    if (delivery.pulled > 0) tellPulled(context.hints, delivery);
    else await publish(context, tweetId);
    return replayed ? { tweetId } : ENDED;
  },
};

const keyOf = ({ id }: TaskRun<Data>) => `${TASK_KEY}${id}`;

const ending = ({ id, token }: TaskRun<Data>): Alongside => ({
  async before(client) {
    const outcome = await holdTask(client, { id, token });
    switch (outcome) {
      case 'held':
        return;
      case 'cancelled':
        throw new Cancelled('Cancelled before it was posted');
      case 'lost':
        throw new LeaseLost('Another worker has this tweet');
    }
  },
  after: (client, tweetId) => finishHeld(client, { id, token, result: toJson('result', { tweetId }) }),
});

function giveUpUnknown(error: unknown): never {
  if (error instanceof UnknownAuthor) throw new DeadLetter(error.message, { cause: error });
  throw error;
}

const FULL: Record<Refused['reason'], string> = {
  backlog: 'the backlog has reached its limit',
  'room kept': 'room is kept for a large tweet',
  paused: 'deliveries are paused',
  'timelines full': 'the timeline store is nearly full',
  'queue full': 'the queue is nearly full',
};

const LONGEST_WAIT = 10 * SECOND; // room may come much earlier than the rate of a bad moment lets one expect

const untilRoom = (waitS: number) => Math.min(waitS * SECOND, LONGEST_WAIT);

const SOON = 500; // ms; another run of the same task is posting it right now

type Posted = Extract<PostOutcome, { outcome: 'posted' }>;

/** The outcome, where `waitS` says after how many seconds the task is to run again. */
type Refusing = { id: number; waitS(refused: Refused): number };

function postedOf(posted: PostOutcome, { id, waitS }: Refusing): Posted {
  switch (posted.outcome) {
    case 'posted':
      return posted;
    case 'full':
      throw new RetryLater(untilRoom(waitS(posted)), `Waits for room: ${FULL[posted.reason]}`);
    case 'too fast':
      throw new RetryLater(
        posted.waitS * SECOND,
        'Waits: the account has posted as often as it may in a minute',
      );
    case 'in progress':
      throw new RetryLater(SOON, 'Waits: it is being posted');
    case 'mismatch':
      throw new DeadLetter(`Task ${id} has posted its tweet already, with another text`);
  }
}

/** Publishes, as the web process does after its answer. If it fails, the relay does it. */
async function publish({ broker, pool }: WorkerContext, tweetId: number): Promise<void> {
  try {
    await broker.publish('fan-out', [fanOutOf(tweetId)]);
    await markPublished(pool, [tweetId]);
  } catch {
    // The row stays due: the relay hands it over.
  }
}
