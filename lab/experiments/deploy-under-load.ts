import type { Experiment } from './experiment.ts';

const APART = 120; // ms between two posts

/** Replaces web processes and workers one after another while people post. */
export const deployUnderLoad: Experiment = {
  info: {
    id: 'deploy-under-load',
    title: 'A deployment under load',
    statement:
      'A process that is asked to end finishes what it has begun, or leaves it to be delivered again.',
    question: 'Web and workers are replaced one by one while people post. What do the people notice?',
    answers: [
      { id: 'errors', text: 'Errors: they have to send some posts again.' },
      { id: 'lost', text: 'Nothing at first, but some tweets do not arrive.' },
      { id: 'nothing', text: 'Nothing.' },
    ],
    breaks: 'Replaces the web processes, then stops and starts each worker.',
    why: 'The supervisor holds the listening socket: a connection waits there until the next process takes it. A worker that is asked to end drains for 2 s, and what it cannot finish comes again (api/drain.ts, dev/keep-running.ts).',
    decision: 'docs/deployment.md',
    size: { of: 'tweets', usual: 60, most: 200 },
    takes: 30,
  },
  async run(stage) {
    const posting = stage.postMany(stage.options.size, { between: APART });
    await stage.cause({ kind: 'web-replaced' });
    stage.note('the web processes are replaced');
    await stage.cause({ kind: 'workers-replaced' });
    stage.note('the workers are replaced');
    const drafts = await posting;
    const open = drafts.reduce((sum, draft) => sum + draft.open, 0);
    const [first] = drafts;
    if (first?.tweetId) stage.show(first);
    await stage.untilFinished(60_000);
    return {
      answer: ({ accepted, delivered }) => {
        if (delivered < accepted) return 'lost';
        return open > 0 ? 'errors' : 'nothing';
      },
      findings: drafts
        .filter(({ tweetId, refused }) => tweetId === null && refused === 0)
        .map(({ key }) => `post ${key} was never answered`),
      measured: [
        { name: 'posts', value: String(drafts.length) },
        { name: 'posts that had to be sent again', value: String(open) },
      ],
    };
  },
};
