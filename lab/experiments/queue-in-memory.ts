import { isInOrder, type StageExperiment } from './experiment.ts';
import { killQueue, LOST_IN_QUEUE } from './queue-on-disk.ts';

/** Kills a Redis without an append-only file. It must lose messages, and the ledger must make up for them. */
export const queueInMemory: StageExperiment = {
  info: {
    id: 'queue-in-memory',
    title: 'Redis is killed, without its append-only file',
    statement:
      'A broker may lose what it said it had. A system that promises more needs a transactional outbox.',
    question:
      'The same with a Redis that keeps messages in memory alone, as it does by default. What becomes of the tweets that wait in it?',
    answers: LOST_IN_QUEUE,
    breaks: 'Runs the queue of the stage without its append-only file, lets messages wait, and kills Redis.',
    why: 'The broker loses every message, and tells nobody. But each fan-out has a row in Postgres, written with the tweet; one without any progress for 12 s is published again (core/ledger/publish.ts, worker/relay.ts).',
    decision: 'docs/promises.md',
    size: { of: 'tweets', usual: 20, most: 200 },
    takes: 35,
    brokers: ['bullmq'],
  },
  needs: { appendOnly: false },
  mustFail: true,
  run: async (run, stage) => {
    const { outcome, lost } = await killQueue(run, stage);
    return { ...outcome, mustFind: (counted) => lost > 0 && isInOrder(counted) };
  },
};
