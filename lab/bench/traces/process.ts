import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { openWeb } from '#api/root.ts';
import { createWebServer } from '#api/server.ts';
import { openBroker } from '#broker/open-broker.ts';
import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { type Config, readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { openTracing } from '#core/tracing/tracing.ts';
import { workerContext } from '#testing/worker-context.ts';
import { startWorker } from '#worker/start-worker.ts';
import { traced } from '#worker/traced.ts';

/**
 * The program that has every way in it, `process.ts {NAME: SHARE…}`: for each a web server with a port of its own, a worker, and
 * a queue between the two. Two processes of the same code differ by a tenth in the CPU that they take. Here all ways run in one,
 * and share what V8 has compiled.
 */
const config = readConfig(brokerVariables);
const shares = z.record(z.string(), z.number().nullable()).parse(JSON.parse(process.argv[2] ?? ''));
const urls: [string, string][] = [];
for (const [number, [way, share]] of Object.entries(shares).entries())
  urls.push([way, await open(way, configOf(share, number))]);
process.send?.(Object.fromEntries(urls));
process.once('SIGTERM', () => process.exit());

/** The configuration of a way: its share, and a logical database of its own for the queue. */
function configOf(share: number | null, number: number): Config & BrokerConfig {
  if (config.BROKER !== 'bullmq') throw new Error(`Expected the broker bullmq, got ${config.BROKER}`);
  const queue = new URL(config.QUEUE_REDIS_URL);
  queue.pathname = `/${number + 1}`;
  const own = { ...config, QUEUE_REDIS_URL: queue.href };
  if (share === null) return { ...own, OTEL_SDK_DISABLED: true };
  return { ...own, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: share };
}

/** Starts a way. Returns the address of its web server. */
async function open(way: string, own: Config & BrokerConfig): Promise<string> {
  const tracing = await openTracing(own, { name: way, log: console.log });
  const server = createWebServer(openWeb(own, { tracing }), {
    handle: async (_incoming, outgoing) => void outgoing.end(),
    upgrade: async (_incoming, socket) => void socket.destroy(),
    isDevelopment: false,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { DATABASE_URL: url, CHUNK_SIZE: chunkSize } = own;
  const { pool, prisma } = openPostgres({ url, max: 12, name: way, synchronousCommit: 'off' });
  const hints = openRedis(own.TIMELINE_REDIS_URL, way);
  const context = workerContext({ name: way, pool, prisma, broker: openBroker(own), hints, chunkSize });
  startWorker(tracing ? traced(context, tracing) : context, {
    fanOutConcurrency: own.FAN_OUT_CONCURRENCY,
    deliveryConcurrency: own.DELIVERY_CONCURRENCY,
    log: console.log,
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
