import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { workerContext } from '#testing/worker-context.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';
import { startWorker } from '#worker/start-worker.ts';
import { CHANGES, handedOutTwice, inOneLane, withoutReceipt } from './changes.ts';

/** The program of a worker that differs from the product's: `changed-worker.ts CHANGE… [--of-ten N]`. See changes.ts. */
const { values, positionals } = parseArgs({
  ...{ allowPositionals: true, options: { 'of-ten': { type: 'string', default: '10' } } },
});
const changes = z.array(z.enum(CHANGES)).parse(positionals);
const has = (change: (typeof CHANGES)[number]) => changes.includes(change);

const config = readConfig(brokerVariables);
const { WORKER_NAME: name, DATABASE_URL: url, TIMELINE_REDIS_URL, CHUNK_SIZE: chunkSize } = config;
const postgres = openPostgres({ url, max: 24, name, synchronousCommit: 'off', answerMs: 10_000 });
const connect = () => openRedis(TIMELINE_REDIS_URL, name);
const [hints, large, turns] = [connect(), connect(), connect()];
const broker = changed(openBroker(config));
const { pool, prisma } = postgres;
const context = workerContext({ name, pool, prisma, broker, hints, chunkSize });
const lanes = {
  small: smallLane(storeOn(hints)),
  large: largeLane(storeOn(large), turns, context.epochs, config.PUSH_CONCURRENCY),
};
const worker = startWorker(
  { ...context, lanes },
  {
    fanOutConcurrency: config.FAN_OUT_CONCURRENCY,
    deliveryConcurrency: config.DELIVERY_CONCURRENCY,
    log: console.log,
  },
);
await once(process, 'SIGTERM');
await worker.stop(2_000);
await broker.close(0);
for (const redis of [hints, large, turns]) redis.disconnect();
await postgres.close();

function changed(broker: Broker): Broker {
  const laned = has('one lane') ? inOneLane(broker) : broker;
  return has('handed out twice') ? handedOutTwice(laned, Number(values['of-ten'])) : laned;
}

function storeOn(redis: Redis): TimelineStore {
  return {
    redis: has('without receipt') ? withoutReceipt(redis) : redis,
    shards: 1,
    cap: config.TIMELINE_CAP,
  };
}
