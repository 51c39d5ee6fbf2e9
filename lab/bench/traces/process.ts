import type { AddressInfo } from 'node:net';
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
import { SHARES, WAYS, type Way } from './ways.ts';

/**
 * The program that has every way in it: for each a web server with a port of its own, a worker, and a queue between the two. Two
 * processes of the same code differ by a tenth in the CPU that they take, by how V8 happens to compile them. Here all ways
 * run the same compiled code.
 */
const urls: [Way, string][] = [];
for (const [number, way] of WAYS.entries()) urls.push([way, await open(way, configOf(way, number))]);
process.send?.(Object.fromEntries(urls));
process.once('SIGTERM', () => process.exit());

/** The configuration of a way: its share, and a logical database of its own for the queue. */
function configOf(way: Way, number: number): Config & BrokerConfig {
  const share = SHARES[way];
  const queue = new URL(process.env.QUEUE_REDIS_URL ?? '');
  queue.pathname = `/${number + 1}`;
  const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: `${share}` };
  const tracing = share === null ? { OTEL_SDK_DISABLED: 'true' } : sampler;
  return readConfig(brokerVariables, { ...process.env, QUEUE_REDIS_URL: queue.href, ...tracing });
}

/** Starts a way. Returns the address of its web server. */
async function open(way: Way, config: Config & BrokerConfig): Promise<string> {
  const tracing = await openTracing(config, { name: way, log: console.log });
  const server = createWebServer(openWeb(config, { tracing }), {
    handle: async (_incoming, outgoing) => void outgoing.end(),
    upgrade: async (_incoming, socket) => void socket.destroy(),
    isDevelopment: false,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { DATABASE_URL: url, CHUNK_SIZE: chunkSize } = config;
  const { pool, prisma } = openPostgres({ url, max: 12, name: way, synchronousCommit: 'off' });
  const hints = openRedis(config.TIMELINE_REDIS_URL, way);
  const context = workerContext({ name: way, pool, prisma, broker: openBroker(config), hints, chunkSize });
  startWorker(tracing ? traced(context, tracing) : context, {
    fanOutConcurrency: config.FAN_OUT_CONCURRENCY,
    deliveryConcurrency: config.DELIVERY_CONCURRENCY,
    log: console.log,
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
