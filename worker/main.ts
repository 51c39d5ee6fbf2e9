import { setTimeout as wait } from 'node:timers/promises';
import { checkNodes } from '#broker/check-nodes.ts';
import { openBroker } from '#broker/open-broker.ts';
import { type BrokerConfig, brokerVariables, nodeUrlsOf, redisUrlsOf } from '#broker/variables.ts';
import { sharePlaces } from '#core/admission/share-places.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { checkSchema } from '#core/check-schema.ts';
import { checkStores } from '#core/check-stores.ts';
import { type Config, ConfigError, readConfig, WRONG_CONFIG } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { openListener } from '#core/listener.ts';
import { type Log, openLog, type Say } from '#core/log.ts';
import { openPostgres } from '#core/postgres.ts';
import { openStore, type StoreClient } from '#core/redis.ts';
import { KEYS } from '#core/retention/forget.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { LiveLayout } from '#core/timelines/live-layout.ts';
import { recognising } from '#core/timelines/recognise.ts';
import { requireShards } from '#core/timelines/require-shards.ts';
import { keepSettings } from '#core/timelines/store-settings.ts';
import { openTracing } from '#core/tracing/tracing.ts';
import type { WorkerContext } from '#worker/context.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';
import { logged } from '#worker/logged.ts';
import { openFigures } from '#worker/metrics/open-figures.ts';
import { startWorker } from '#worker/start-worker.ts';
import { KINDS } from '#worker/tasks/kinds.ts';
import { traced } from '#worker/traced.ts';

const DRAIN = 2 * SECOND; // the one-command start kills workers after 2.5 s, to have the rest of 5 s for the servers

const FLUSH = SECOND / 4; // for the last traces

const FIRST_LOOK = SECOND; // that the start waits for the stores to say what they are; then it goes on without

/**
 * The composition root of a worker process: opens connections, starts, and on SIGTERM, or when a store cannot be used,
 * drains and closes.
 */
async function main(): Promise<void> {
  const config = readConfig(brokerVariables);
  const log = await openLog(config, `worker ${config.WORKER_NAME}`);
  const ending = new AbortController();
  const stopped = signalled();
  const looked = lookFirst(config, { signal: ending.signal, log: log.info });
  await Promise.race([looked, wait(FIRST_LOOK, undefined, { ref: false }), stopped]);
  try {
    await runUntil(Promise.race([stopped, looked.then(() => stopped)]), config, log);
  } finally {
    ending.abort();
  }
}

/** Rejects when a store is not what its variable says, or the ledger lacks tables or has another number of shards. */
async function lookFirst(
  config: Config & BrokerConfig,
  { signal, log }: { signal: AbortSignal; log: Say },
): Promise<void> {
  const { pool, close } = openPostgres({ url: config.DATABASE_URL, max: 1, name: 'shards' });
  const stores = { ...redisUrlsOf(config), TIMELINE_REDIS_URL: config.TIMELINE_REDIS_URL };
  try {
    await Promise.all([
      checkStores(stores, { signal, log }),
      checkNodes(nodeUrlsOf(config), { signal, log }),
      checkSchema(pool, { signal, log }).then(() => requireShards(pool, config.TIMELINE_SHARDS, signal)),
    ]);
  } finally {
    await close();
  }
}

async function runUntil(ended: Promise<void>, config: Config & BrokerConfig, log: Log): Promise<void> {
  const { context: bare, close } = open(config, log);
  const name = config.WORKER_NAME;
  const tracing = await openTracing(config, { name, log: log.info });
  const told = config.LOG_FORMAT === 'json' ? logged(bare, log) : bare;
  const context = tracing ? traced(told, tracing) : told;
  const figures = await openFigures(context, config).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const worker = startWorker(figures?.context ?? context, {
    fanOutConcurrency: config.FAN_OUT_CONCURRENCY,
    deliveryConcurrency: config.DELIVERY_CONCURRENCY,
    tasks: {
      kinds: figures ? figures.watch(KINDS) : KINDS,
      concurrency: config.TASK_CONCURRENCY,
      urgentConcurrency: config.URGENT_CONCURRENCY,
    },
    kept: { ...KEYS, chunkDays: config.CHUNK_DAYS, fanOutDays: config.FAN_OUT_DAYS },
    log: log.info,
  });
  log.info(`worker ${name} takes deliveries`);
  if (figures) log.info(`figures for Prometheus: port ${config.METRICS_PORT}, /metrics`);
  try {
    await ended;
  } finally {
    await worker.stop(DRAIN);
    await figures?.close();
    await tracing?.close(FLUSH);
    await close();
  }
}

function open(config: Config & BrokerConfig, log: Log) {
  const open = (name: string) => openStore(config.TIMELINE_REDIS_URL, name);
  const [large, turns, small, hints] = [open('delivery'), open('turns'), open('fan-out'), open('hints')];
  const layout = new LiveLayout();
  const storeOn = (redis: StoreClient) => layout.storeOn(redis, config.TIMELINE_CAP);
  const postgres = openPostgres({
    url: config.DATABASE_URL,
    max: config.DELIVERY_CONCURRENCY + config.FAN_OUT_CONCURRENCY + config.TASK_CONCURRENCY + 4,
    name: `worker ${config.WORKER_NAME}`,
    synchronousCommit: 'off',
    answerMs: 10 * SECOND, // below the ledger's lease: a chunk on a dead link is given back, not swept up
    onConnect: recognising(storeOn(hints), log.info),
  });
  keepSettings(small, log.info);
  const waitingList = new WaitingList();
  const connect = () => openListener(config.TIMELINE_REDIS_URL, 'worker places');
  const leavePlaces = sharePlaces(waitingList.places, { redis: hints, connect });
  const broker = openBroker(config);
  const epochs = new Epochs();
  const context: WorkerContext = {
    name: config.WORKER_NAME,
    pool: postgres.pool,
    prisma: postgres.prisma,
    broker,
    lanes: {
      small: smallLane(storeOn(small)),
      large: largeLane(storeOn(large), turns, epochs, config.PUSH_CONCURRENCY),
    },
    epochs,
    layout,
    hints,
    chunkSize: config.CHUNK_SIZE,
    limits: {
      maxWaitS: config.MAX_WAIT_S,
      maxBacklog: config.MAX_BACKLOG,
      pullAboveS: config.PULL_ABOVE_S,
      postsPerMinute: config.POSTS_PER_MINUTE,
    },
    waitingList,
  };
  const close = async () => {
    await broker.close(0);
    leavePlaces();
    for (const connection of [large, turns, small, hints]) connection.disconnect();
    await postgres.close();
  };
  return { context, close };
}

/** Resolves on the first SIGTERM or SIGINT; a second one ends the process at once, as by default. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

main().catch((error: unknown) => {
  const isWrong = error instanceof ConfigError;
  console.error(isWrong ? error.message : error);
  process.exitCode = isWrong ? WRONG_CONFIG : 1;
});
