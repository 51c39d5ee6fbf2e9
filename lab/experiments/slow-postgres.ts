import { ALL_BROKERS, type StageExperiment } from './experiment.ts';
import { EACH_WAY, nearAndFar, WHAT_IS_SLOWER } from './hosted-queue.ts';

/** Moves Postgres further away from the system. */
export const slowPostgres: StageExperiment = {
  info: {
    id: 'slow-postgres',
    title: 'A Postgres that is far away',
    statement: 'An answer that promises something waits for the database, so ask the database only once.',
    question:
      'Everything between the system and its Postgres takes some milliseconds more each way. What gets slower?',
    answers: WHAT_IS_SLOWER,
    breaks: 'Slows the links between the stage and its Postgres, 15 ms each way unless you say otherwise.',
    why: 'A post is one statement: key, rate, room in the backlog, tweet and fan-out together, so the answer waits for one round trip and no more (core/tweets/post-tweet.ts). A delivery asks the ledger before its push and after it (worker/deliver.ts).',
    decision: 'docs/decisions/020-post-in-one-round-trip.md',
    size: { of: 'tweets each, near and far', usual: 30, most: 200 },
    takes: 25,
    brokers: ALL_BROKERS,
    dials: [EACH_WAY],
  },
  run: (run, stage) => nearAndFar(run, stage, 'postgres'),
};
