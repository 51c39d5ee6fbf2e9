import type { ExperimentInfo } from '#core/lab/experiment.ts';
import type { Experiment, StageExperiment } from './experiment.ts';

/*
 * The ids of all experiments, in the order of the page, and how to load each. The process of a run loads only the file of its
 * own experiment, which is named by the id: all of them together took a second.
 */

type Load<E> = () => Promise<E>;

/** The experiments on the running system. */
export const HERE: Record<string, Load<Experiment>> = {
  'request-or-queue': () => import('./request-or-queue.ts').then((file) => file.requestOrQueue),
  'shown-at-once': () => import('./shown-at-once.ts').then((file) => file.shownAtOnce),
  'in-advance-or-at-read': () => import('./in-advance-or-at-read.ts').then((file) => file.inAdvanceOrAtRead),
  'step-by-step': () => import('./step-by-step.ts').then((file) => file.stepByStep),
  'worker-killed': () => import('./worker-killed.ts').then((file) => file.workerKilled),
  'worker-frozen': () => import('./worker-frozen.ts').then((file) => file.workerFrozen),
  'no-worker': () => import('./no-worker.ts').then((file) => file.noWorker),
  'queue-killed': () => import('./queue-killed.ts').then((file) => file.queueKilled),
  'queue-emptied': () => import('./queue-emptied.ts').then((file) => file.queueEmptied),
  'timelines-emptied': () => import('./timelines-emptied.ts').then((file) => file.timelinesEmptied),
  'postgres-restarted': () => import('./postgres-restarted.ts').then((file) => file.postgresRestarted),
  'celebrity-first': () => import('./celebrity-first.ts').then((file) => file.celebrityFirst),
  'deploy-under-load': () => import('./deploy-under-load.ts').then((file) => file.deployUnderLoad),
  'scheduled-heavy-result': () =>
    import('./scheduled-heavy-result.ts').then((file) => file.scheduledHeavyResult),
  'when-not-to-queue': () => import('./when-not-to-queue.ts').then((file) => file.whenNotToQueue),
  'message-or-task-queue': () => import('./message-or-task-queue.ts').then((file) => file.messageOrTaskQueue),
  'against-celery': () => import('./against-celery.ts').then((file) => file.againstCelery),
  'random-faults': () => import('./random-faults.ts').then((file) => file.randomFaults),
};

/** The step of a message at which a crash hits. These experiments share a file. */
const crashAt =
  (id: string): Load<StageExperiment> =>
  async () => {
    const { crashHere } = await import('./crash-here.ts');
    const found = crashHere.find(({ info }) => info.id === id);
    if (!found) throw new Error(`Expected a crash at a step, got ${id}`);
    return found;
  };

/** The experiments on a stage of their own. */
export const ON_A_STAGE: Record<string, Load<StageExperiment>> = {
  'delivered-twice': () => import('./delivered-twice.ts').then((file) => file.deliveredTwice),
  'without-receipt': () => import('./without-receipt.ts').then((file) => file.withoutReceipt),
  'queue-on-disk': () => import('./queue-on-disk.ts').then((file) => file.queueOnDisk),
  'queue-in-memory': () => import('./queue-in-memory.ts').then((file) => file.queueInMemory),
  'one-lane': () => import('./one-lane.ts').then((file) => file.oneLane),
  'two-lanes': () => import('./two-lanes.ts').then((file) => file.twoLanes),
  'hosted-queue': () => import('./hosted-queue.ts').then((file) => file.hostedQueue),
  'slow-postgres': () => import('./slow-postgres.ts').then((file) => file.slowPostgres),
  'broker-cut-off': () => import('./broker-cut-off.ts').then((file) => file.brokerCutOff),
  'poison-tweet': () => import('./poison-tweet.ts').then((file) => file.poisonTweet),
  'rabbitmq-nodes': () => import('./rabbitmq-nodes.ts').then((file) => file.rabbitmqNodes),
  'more-than-memory': () => import('./more-than-memory.ts').then((file) => file.moreThanMemory),
  'no-limit': () => import('./no-limit.ts').then((file) => file.noLimit),
  'with-limit': () => import('./with-limit.ts').then((file) => file.withLimit),
  'backoff-jitter': () => import('./backoff-jitter.ts').then((file) => file.backoffJitter),
  'littles-law': () => import('./littles-law.ts').then((file) => file.littlesLaw),
  'race-on-a-stage': () => import('./race-on-a-stage.ts').then((file) => file.raceOnAStage),
  ...Object.fromEntries(
    ['publish', 'held', 'handed-out', 'effect', 'acknowledged', 'gone'].map((step) => [
      `crash-${step}`,
      crashAt(`crash-${step}`),
    ]),
  ),
};

const loadAll = <E>(loads: Record<string, Load<E>>): Promise<E[]> =>
  Promise.all(Object.values(loads).map((load) => load()));

const fileOf = (id: string) => `lab/experiments/${id}.ts`;

/** What the page shows of all experiments. Those that break the running system must never fail. */
export async function listed(): Promise<ExperimentInfo[]> {
  const [here, onAStage] = await Promise.all([loadAll(HERE), loadAll(ON_A_STAGE)]);
  return [
    ...here.map(
      ({ info }): ExperimentInfo => ({
        ...{ ...info, file: fileOf(info.id), mustFail: false, place: 'here', brokers: [], dials: [] },
      }),
    ),
    ...onAStage.map(
      ({ info, file = fileOf(info.id), mustFail = false }): ExperimentInfo => ({
        ...{ dials: [], ...info, file, mustFail, place: 'stage' },
      }),
    ),
  ];
}
