import type { ExperimentInfo } from '#core/lab/experiment.ts';
import { againstCelery } from './against-celery.ts';
import { backoffJitter } from './backoff-jitter.ts';
import { brokerCutOff } from './broker-cut-off.ts';
import { celebrityFirst } from './celebrity-first.ts';
import { crashHere } from './crash-here.ts';
import { deliveredTwice } from './delivered-twice.ts';
import { deployUnderLoad } from './deploy-under-load.ts';
import type { Experiment, StageExperiment } from './experiment.ts';
import { hostedQueue } from './hosted-queue.ts';
import { inAdvanceOrAtRead } from './in-advance-or-at-read.ts';
import { littlesLaw } from './littles-law.ts';
import { messageOrTaskQueue } from './message-or-task-queue.ts';
import { moreThanMemory } from './more-than-memory.ts';
import { noLimit } from './no-limit.ts';
import { noWorker } from './no-worker.ts';
import { oneLane } from './one-lane.ts';
import { poisonTweet } from './poison-tweet.ts';
import { postgresRestarted } from './postgres-restarted.ts';
import { queueEmptied } from './queue-emptied.ts';
import { queueInMemory } from './queue-in-memory.ts';
import { queueKilled } from './queue-killed.ts';
import { queueOnDisk } from './queue-on-disk.ts';
import { rabbitmqNodes } from './rabbitmq-nodes.ts';
import { raceOnAStage } from './race-on-a-stage.ts';
import { randomFaults } from './random-faults.ts';
import { requestOrQueue } from './request-or-queue.ts';
import { scheduledHeavyResult } from './scheduled-heavy-result.ts';
import { shownAtOnce } from './shown-at-once.ts';
import { slowPostgres } from './slow-postgres.ts';
import { stepByStep } from './step-by-step.ts';
import { timelinesEmptied } from './timelines-emptied.ts';
import { twoLanes } from './two-lanes.ts';
import { whenNotToQueue } from './when-not-to-queue.ts';
import { withLimit } from './with-limit.ts';
import { withoutReceipt } from './without-receipt.ts';
import { workerFrozen } from './worker-frozen.ts';
import { workerKilled } from './worker-killed.ts';

/** Every experiment on the running system, in the order of the page. The file of each is named by its id. */
export const EXPERIMENTS: Experiment[] = [
  requestOrQueue,
  shownAtOnce,
  inAdvanceOrAtRead,
  stepByStep,
  workerKilled,
  workerFrozen,
  noWorker,
  queueKilled,
  queueEmptied,
  timelinesEmptied,
  postgresRestarted,
  celebrityFirst,
  deployUnderLoad,
  scheduledHeavyResult,
  whenNotToQueue,
  messageOrTaskQueue,
  againstCelery,
  randomFaults,
];

/** Every experiment on a stage of its own, in the order of the page. */
export const ON_A_STAGE: StageExperiment[] = [
  deliveredTwice,
  withoutReceipt,
  queueOnDisk,
  queueInMemory,
  oneLane,
  twoLanes,
  hostedQueue,
  slowPostgres,
  brokerCutOff,
  poisonTweet,
  rabbitmqNodes,
  moreThanMemory,
  noLimit,
  withLimit,
  backoffJitter,
  littlesLaw,
  raceOnAStage,
  ...crashHere,
];

const fileOf = (id: string) => `lab/experiments/${id}.ts`;

/** What the page shows of all experiments. Those that break the running system must never fail. */
export const listed = (): ExperimentInfo[] => [
  ...EXPERIMENTS.map(
    ({ info }): ExperimentInfo => ({
      ...{ ...info, file: fileOf(info.id), mustFail: false, place: 'here', brokers: [], dials: [] },
    }),
  ),
  ...ON_A_STAGE.map(
    ({ info, file = fileOf(info.id), mustFail = false }): ExperimentInfo => ({
      ...{ dials: [], ...info, file, mustFail, place: 'stage' },
    }),
  ),
];
