import { DELIVERED_ONCE, type Experiment } from './experiment.ts';

const APART = 150; // ms between two posts

/** Restarts Postgres while people post. */
export const postgresRestarted: Experiment = {
  info: {
    id: 'postgres-restarted',
    title: 'Postgres is restarted',
    statement: 'An answer is a promise. A request without an answer is sent again under the same key.',
    question:
      'Postgres restarts while people post. Some get an error and their browsers try again with the same key. What becomes of these tweets?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Restarts Postgres: all sessions end, and for about a second nothing can be accepted.',
    why: 'Key, tweet, ledger and backlog are one transaction: all or nothing. A retry finds the key and gets the first answer, or does it for the first time (core/tweets/post-tweet.ts).',
    decision: 'docs/decisions/020-post-in-one-round-trip.md',
    size: { of: 'tweets', usual: 40, most: 200 },
    takes: 25,
  },
  async run(stage) {
    const posting = stage.postMany(stage.options.size, { between: APART });
    stage.note('people post, seven tweets a second');
    await stage.cause({ kind: 'postgres-restarted' });
    stage.note('Postgres is back');
    const drafts = await posting;
    const open = drafts.reduce((sum, draft) => sum + draft.open, 0);
    const [first] = drafts;
    if (first?.tweetId) stage.show(first);
    await stage.untilFinished(60_000);
    return {
      answer: DELIVERED_ONCE.answer,
      findings: drafts
        .filter(({ tweetId, refused }) => tweetId === null && refused === 0)
        .map(({ key }) => `post ${key} was never answered`),
      measured: [
        { name: 'posts without an answer, sent again', value: String(open) },
        { name: 'tweets accepted in the end', value: `${stage.accepted.length} of ${drafts.length}` },
      ],
    };
  },
};
