import type { Experiment } from './experiment.ts';

const AWAY = 5; // s
const APART = 150; // ms between two posts

/** Kills the server of the queue while people post. */
export const queueKilled: Experiment = {
  info: {
    id: 'queue-killed',
    title: 'The queue’s server is killed',
    statement: 'The promise is kept by the database; the broker only carries it.',
    question: 'The server of the queue is killed for 5 s while people post. What do they get meanwhile?',
    answers: [
      { id: 'refused', text: 'An error, until it is back.' },
      { id: 'lost', text: 'The usual answer, but these tweets are never delivered.' },
      { id: 'kept', text: 'The usual answer, and the tweets are delivered later.' },
    ],
    breaks: 'Kills the server of the queue for 5 s.',
    why: 'Nobody waits for the broker: the message is handed over after the answer. The fan-out’s row in Postgres says whether the broker has it, and the relay publishes what it does not have (core/ledger/publish.ts, worker/relay.ts).',
    decision: 'docs/promises.md',
    size: { of: 'tweets', usual: 30, most: 200 },
    takes: 30,
  },
  async run(stage) {
    const fault = await stage.cause({ kind: 'queue-killed', seconds: AWAY });
    stage.note('the queue is away');
    const drafts = await stage.postMany(stage.options.size, { between: APART });
    const refused = drafts.filter(({ tweetId }) => tweetId === null).length;
    const [first] = drafts;
    if (first?.tweetId) stage.show(first);
    stage.note(`${drafts.length - refused} of ${drafts.length} tweets are accepted`);
    await fault.heal();
    stage.note('the queue is back');
    await stage.untilFinished(60_000);
    return {
      answer: ({ accepted, delivered }) => {
        if (refused > 0) return 'refused';
        return delivered < accepted ? 'lost' : 'kept';
      },
      measured: [{ name: 'accepted', value: `${drafts.length - refused} of ${drafts.length}` }],
    };
  },
};
