import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from './experiment.ts';

const ALONE = 4_000; // ms without a worker

/** Stops all workers, posts, and starts them again. */
export const noWorker: Experiment = {
  info: {
    id: 'no-worker',
    title: 'No worker at all',
    statement:
      'A queue takes the work off the request: a post is accepted although no worker can deliver it now.',
    question: 'All workers are stopped. Somebody posts. What happens to the post?',
    answers: [
      { id: 'refused', text: 'It is refused until a worker is there.' },
      { id: 'lost', text: 'It is accepted, and lost.' },
      { id: 'waits', text: 'It is accepted, and delivered once a worker runs.' },
    ],
    breaks: 'Stops all workers, and starts them again a few seconds later.',
    why: 'The answer 202 says that the tweet and its fan-out are in Postgres, in one transaction. The broker holds the message until somebody takes it. If it were lost, the relay would publish it again (core/tweets/post-tweet.ts, worker/relay.ts).',
    decision: 'docs/decisions/020-post-in-one-round-trip.md',
    size: { of: 'tweets', usual: 20, most: 200 },
    takes: 20,
  },
  async run(stage) {
    const fault = await stage.cause({ kind: 'workers-changed', workers: 0, seconds: 120 });
    stage.note('no worker runs');
    const drafts = await stage.postMany(stage.options.size);
    const refused = drafts.filter(({ tweetId }) => tweetId === null).length;
    const [first] = drafts;
    if (first?.tweetId) stage.show(first);
    await sleep(ALONE);
    const early = await stage.countDelivered();
    stage.note(`${drafts.length - refused} of ${drafts.length} tweets are accepted, ${early} are delivered`);
    await fault.heal();
    stage.note('the workers run again');
    await stage.untilFinished(60_000);
    return {
      answer: ({ accepted, delivered }) => {
        if (refused > 0) return 'refused';
        return delivered < accepted ? 'lost' : 'waits';
      },
      findings: early > 0 ? [`${early} tweets were delivered without a worker`] : [],
      measured: [
        { name: 'accepted without a worker', value: `${drafts.length - refused} of ${drafts.length}` },
        { name: 'delivered without a worker', value: String(early) },
      ],
    };
  },
};
