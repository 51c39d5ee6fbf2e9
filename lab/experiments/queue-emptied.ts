import { DELIVERED_ONCE, type Experiment } from './experiment.ts';
import { messagesIn, untilHeld } from './messages-in.ts';

/** Removes every message while fan-outs wait in the broker. */
export const queueEmptied: Experiment = {
  info: {
    id: 'queue-emptied',
    title: 'The broker is emptied',
    statement: 'A message may be lost. What was promised must not be.',
    question:
      'Tweets wait in the queue when somebody empties it: every message is gone. What do the followers get?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Stops the workers, so that messages wait; removes every message; starts the workers again.',
    why: 'The ledger knows each fan-out that is not finished. One without any progress for 12 s is published again, whether or not its message is still there: the receipts make a second one harmless (core/ledger/publish.ts).',
    decision: 'docs/promises.md',
    size: { of: 'tweets', usual: 20, most: 200 },
    takes: 35,
  },
  async run(stage) {
    const stopped = await stage.cause({ kind: 'workers-changed', workers: 0, seconds: 120 });
    const [first] = await stage.postMany(stage.options.size);
    if (first?.tweetId) stage.show(first);
    const before = await untilHeld(stage);
    await stage.cause({ kind: 'queue-emptied' });
    const after = await messagesIn(stage.connections);
    stage.note(`the broker held ${before} messages, and holds ${after}`);
    await stopped.heal();
    const began = performance.now();
    await stage.untilFinished(90_000);
    return {
      answer: DELIVERED_ONCE.answer,
      measured: [
        { name: 'messages in the broker before', value: String(before) },
        { name: 'messages in the broker after', value: String(after) },
        { name: 'until all were delivered', value: `${((performance.now() - began) / 1_000).toFixed(1)} s` },
      ],
    };
  },
};
