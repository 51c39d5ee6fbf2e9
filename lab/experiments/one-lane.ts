import { readDeliveries } from '#core/ledger/delivery.ts';
import { celebrityFirst, postBehindCelebrity } from './celebrity-first.ts';
import { ALL_BROKERS, type Counted, isInOrder, type StageExperiment } from './experiment.ts';
import type { StageNeeds } from './own-stage.ts';
import type { RunStage } from './run-stage.ts';

const { answers, question } = celebrityFirst.info;

/** The large tweet has many chunks and takes seconds, as one to millions does. Both lanes have equally few handlers. */
export const LANES_NEEDS: StageNeeds = {
  followers: 100_000,
  chunkSize: 50,
  settings: { FAN_OUT_CONCURRENCY: '2' },
};

export const LANES_INFO = {
  ...{ question, answers, brokers: ALL_BROKERS },
  decision: 'docs/decisions/016-a-message-carries-four-chunks.md',
  size: { of: 'small tweets', usual: 50, most: 200 },
  takes: 30,
} satisfies Partial<StageExperiment['info']>;

/** Puts everything into one queue. Small tweets must wait behind the chunks of the large one. */
export const oneLane: StageExperiment = {
  info: {
    ...LANES_INFO,
    id: 'one-lane',
    title: 'A celebrity first, in one lane',
    statement: 'In one queue a heavy job stands before all light ones that come after it.',
    breaks: 'Lets the workers of the stage take chunks of large tweets and small tweets from one queue.',
    why: 'First come, first served: whoever posts right after a celebrity waits until nearly all of its chunks are done. Two queues, each with consumers of its own, end that (worker/lanes.ts; here lab/stage/changes.ts makes one of them).',
  },
  needs: { ...LANES_NEEDS, changes: ['one lane'] },
  mustFail: true,
  run: async (run) => {
    const { outcome, behind, before } = await postBehindCelebrity(run, untilPlanned(run));
    const mustFind = (counted: Counted) => behind > 0 && before < behind / 2 && isInOrder(counted);
    return { ...outcome, mustFind };
  },
};

/** Resolves when all chunks of a tweet are planned. What is posted now comes after them. */
export const untilPlanned = (run: RunStage) => (tweetId: number) =>
  run.patiently(async () => {
    const [delivery] = await readDeliveries(run.connections.pool, [tweetId]);
    if (!delivery?.plannedAt) throw new Error('Expected all chunks of the large tweet to be planned');
  });
