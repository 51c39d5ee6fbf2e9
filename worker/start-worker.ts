import type { Consumer } from '#broker/port.ts';
import { SAMPLE_EVERY, sampleRate } from '#core/admission/backlog.ts';
import { SECOND } from '#core/durations.ts';
import { forLog } from '#core/for-log.ts';
import { forgetWorker, REPORT_EVERY, reportWorker } from '#core/ledger/workers.ts';
import type { Kept } from '#core/retention/forget.ts';
import { dropUnreadOnce } from '#core/timelines/drop-unread.ts';
import { inWords } from '#core/timelines/recognise.ts';
import { removeRetired } from '#core/timelines/remove-retired.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { SWEEP_EVERY, sweepReceipts } from '#core/timelines/sweep-receipts.ts';
import { warmOnce } from '#core/timelines/warm.ts';
import { Consumption } from '#worker/consumption.ts';
import type { WorkerContext } from '#worker/context.ts';
import { deliveryHandler, isStoreHere } from '#worker/deliver.ts';
import { fanOutHandler } from '#worker/fan-out.ts';
import { startLoop } from '#worker/loop.ts';
import { RELAY_IDLE, relayOnce } from '#worker/relay.ts';
import { FORGET_EVERY, forgetAside } from '#worker/retention.ts';
import { startTasks, type TaskOptions } from '#worker/tasks/start-tasks.ts';

/** Milliseconds between two looks at the timeline store. A restored store knows its age to about this precision. */
const SETTLE_EVERY = 500;

/** Milliseconds between two looks at the memory of the timeline store, and at what of it is to be warmed. */
const UPKEEP_EVERY = 1_000;

/** Milliseconds between two checks that the broker answers. The first one tells of a wrong password at once. */
const ASK_EVERY = 10 * SECOND;

export type WorkerOptions = {
  /** How many fan-out messages are handled at once, each of up to eight small fan-outs. */
  fanOutConcurrency: number;
  /** How many delivery messages are handled at once, each of up to four chunks. */
  deliveryConcurrency: number;
  /** Without it, this worker leaves tasks to others. */
  tasks?: TaskOptions;
  /** Without, this worker forgets nothing. */
  kept?: Kept;
  log: (line: string) => void;
};

export type RunningWorker = {
  /** Takes no more, finishes what runs by the deadline, leaves the rest to be redelivered. May be called twice. */
  stop(deadlineMs: number): Promise<void>;
};

/** Starts everything that happens after the answer: relay, fan-out, delivery and tasks. */
export function startWorker(context: WorkerContext, options: WorkerOptions): RunningWorker {
  const complain = oncePerText(options.log);
  const { kept } = options;
  const consumption = new Consumption({
    pool: context.pool,
    start: () => takeDeliveries(context, options),
    isStoreHere: () => isStoreHere(context),
  });
  const loops = [
    startLoop(
      () => consumption.look(),
      async () => consumption.idle,
      complain,
    ),
    // The relay rests too, because not every broker recognises a message that it holds already.
    startLoop(async () => (consumption.catchingUp ? 0 : relayOnce(context)), RELAY_IDLE, complain),
    startLoop(() => report(context), REPORT_EVERY, complain),
    startLoop(() => askBroker(context), ASK_EVERY, oncePerText(options.log)),
    ...(kept ? [startLoop(() => forgetAside(context.pool, kept), FORGET_EVERY, complain)] : []),
    startLoop(() => sampleRate(context.pool), SAMPLE_EVERY, complain),
    startLoop(() => settle(context, options.log), SETTLE_EVERY, complain),
    startLoop(() => removeRetired(context.pool, context.hints), UPKEEP_EVERY, oncePerText(options.log)),
    startLoop(() => sweep(context), SWEEP_EVERY, complain),
    // A store that is full is not here for deliveries; it is for this.
    startLoop(
      () => dropUnreadOnce(context.pool, context.lanes.small.store),
      UPKEEP_EVERY,
      oncePerText(options.log),
    ),
    startLoop(() => warm(context), UPKEEP_EVERY, oncePerText(options.log)),
  ];
  const tasks = options.tasks && startTasks(context, options.tasks, complain);
  let stopped: Promise<void> | undefined;
  return {
    stop: (deadlineMs) => {
      stopped ??= stop(deadlineMs);
      return stopped;
    },
  };

  async function stop(deadlineMs: number): Promise<void> {
    await Promise.all([
      consumption.stop(deadlineMs),
      tasks?.stop(deadlineMs),
      ...loops.map((loop) => loop.stop()),
    ]);
    await forgetWorker(context.pool, context.name).catch(() => {});
  }
}

function takeDeliveries(context: WorkerContext, options: WorkerOptions): Consumer[] {
  const { broker } = context;
  return [
    broker.consume('fan-out', fanOutHandler(context), { concurrency: options.fanOutConcurrency }),
    broker.consume('delivery', deliveryHandler(context), { concurrency: options.deliveryConcurrency }),
  ];
}

async function report({ pool, name }: WorkerContext): Promise<number> {
  await reportWorker(pool, name);
  return 0;
}

/** Looks at the store in the layout that is in force. Of another one it knows no epoch yet, and takes no deliveries. */
async function settle(
  { pool, layout, lanes, epochs }: WorkerContext,
  log: (line: string) => void,
): Promise<number> {
  if (await layout?.follow(pool)) epochs.forgetAll();
  return settleOnce(pool, lanes.small.store, epochs, (loss) => log(inWords(loss)));
}

async function sweep({ pool, layout, lanes }: WorkerContext): Promise<number> {
  return layout && !layout.isKnown ? 0 : sweepReceipts(pool, lanes.small.store);
}

async function warm(context: WorkerContext): Promise<number> {
  return isStoreHere(context) ? warmOnce(context.pool, context.lanes.small.store) : 0;
}

/** Consumers wait for a broker in silence, however long. Only this check says which variable is wrong. */
async function askBroker({ broker }: WorkerContext): Promise<number> {
  await broker.ping();
  return 0;
}

/** A server that is away fails every look. It is logged once, until something else fails. */
function oncePerText(log: (line: string) => void): (error: unknown) => void {
  let last = '';
  return (error) => {
    const text = forLog(String(error));
    if (text !== last) log(text);
    last = text;
  };
}
