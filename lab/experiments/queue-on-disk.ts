import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Outcome, StageExperiment } from './experiment.ts';
import { messagesIn, untilHeld, untilPublishedAgain, withoutWorkers } from './messages-in.ts';
import type { RunStage } from './run-stage.ts';

export const LOST_IN_QUEUE = [
  { id: 'kept', text: 'Every message is still there, and every tweet is delivered.' },
  { id: 'lost', text: 'Messages are gone, and these tweets are never delivered.' },
  { id: 'again', text: 'Messages are gone, and every tweet is delivered all the same.' },
] satisfies StageExperiment['info']['answers'];

/** Kills a Redis that writes every message to its append-only file. */
export const queueOnDisk: StageExperiment = {
  info: {
    id: 'queue-on-disk',
    title: 'Redis is killed, with its append-only file',
    statement:
      'A broker that holds messages in memory has to write them down before it says that it has them.',
    question:
      'Tweets wait in the queue when its Redis is killed. It writes each message to a file before it answers. What is left when it starts again?',
    answers: LOST_IN_QUEUE,
    breaks: 'Kills the workers of the stage, so that messages wait; kills Redis; starts all of them again.',
    why: 'Redis appends to its file before it answers, and reads the file when it starts (dev/redis.ts). A power failure may still take up to a second of what is not on the disk yet. The fan-out’s row in Postgres is there for that (core/ledger/publish.ts).',
    decision: 'docs/promises.md',
    size: { of: 'tweets', usual: 20, most: 200 },
    takes: 25,
    brokers: ['bullmq'],
  },
  run: async (run, stage) => (await killQueue(run, stage)).outcome,
};

/** Kills the server of the queue while tweets wait in it, and counts its messages before and after. */
export async function killQueue(
  run: RunStage,
  stage: BreakableStage,
): Promise<{ outcome: Outcome; lost: number }> {
  const start = await withoutWorkers(stage);
  run.note('no worker runs');
  const [first] = await run.postMany(run.options.size);
  if (first?.tweetId) run.show(first);
  const before = await untilHeld(run);
  await stage.servers.queue.end('SIGKILL');
  run.note(`Redis is killed; it held ${before} messages`);
  await stage.servers.queue.start();
  const after = await run.patiently(() => messagesIn(stage));
  run.note(`Redis is back, with ${after} messages`);
  await start();
  run.note('the workers run again');
  const lost = before - after;
  const took = await untilPublishedAgain(run);
  const outcome: Outcome = {
    answer: ({ accepted, delivered, missing }) => {
      if (delivered < accepted || missing > 0) return 'lost';
      return lost > 0 ? 'again' : 'kept';
    },
    measured: [
      { name: 'messages in the broker before', value: String(before) },
      { name: 'messages that it lost', value: String(lost) },
      took,
    ],
  };
  return { outcome, lost };
}
