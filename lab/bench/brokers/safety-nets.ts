import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as breathe, setTimeout as wait } from 'node:timers/promises';
import { connect } from 'amqplib';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { amqpQueue } from '#broker/rabbitmq-queues.ts';
import type { BrokerConfig } from '#broker/variables.ts';
import { MINUTE } from '#core/durations.ts';
import { until } from '#dev/ports.ts';
import { startRabbitmq } from '#dev/rabbitmq.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { scriptCommand } from '#lab/stage/start-script.ts';

/*
 * Counts what is lost when a safety net is switched off. Each pair does the same to a real server, once with the net
 * and once without: it publishes half of the messages, kills the server, and publishes until that fails. A message is
 * lost when the publisher had reason to think that it was safe, and nobody ever received it.
 */

/** Messages lost, of those that the publisher thought safe. */
export type Lost = { of: number; lost: number };

/** The safety nets, and what was lost with each and without it. */
export type Losses = Record<keyof typeof SAFETY_NETS, { on: Lost; off: Lost }>;

type OnOff = 'on' | 'off';

/** Measures every safety net, switched on and off. */
export async function measureLosses(run: Run<'lost'>): Promise<Losses> {
  const both = async (lose: (net: OnOff, run: Run<'lost'>) => Promise<Lost>) => ({
    on: await lose('on', run),
    off: await lose('off', run),
  });
  return {
    append_only: await both(SAFETY_NETS.append_only),
    confirms: await both(SAFETY_NETS.confirms),
    acknowledgement: await both(SAFETY_NETS.acknowledgement),
  };
}

const SAFETY_NETS = {
  append_only: killRedis,
  confirms: killRabbitmq,
  acknowledgement: killConsumer,
};

const BATCH = 100;

type Publish = (ids: number[]) => Promise<void>;

/** Redis, with its append-only file or, as many run it, without. */
async function killRedis(net: OnOff, run: Run<'lost'>): Promise<Lost> {
  const dataDir = join(run.dataDir, `append-only-${net}`);
  mkdirSync(dataDir, { recursive: true });
  // The timelines' Redis has no append-only file, and a kill leaves no snapshot either: see dev/redis.ts.
  const role = net === 'on' ? 'queue' : 'timelines';
  return killWhilePublishing(run, (port) => startRedis({ role, dataDir, port }), {
    config: (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: url }),
    publisher: async (broker) => publishWith(broker),
  });
}

/** RabbitMQ, with publisher confirms, or with sends that count as done once they are written to the socket. */
async function killRabbitmq(net: OnOff, run: Run<'lost'>): Promise<Lost> {
  const dataDir = join(run.dataDir, `confirms-${net}`);
  return killWhilePublishing(run, (port) => startRabbitmq({ dataDir, port }), {
    config: (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url }),
    publisher: async (broker, url) => (net === 'on' ? publishWith(broker) : sendBlindly(url)),
  });
}

type How = {
  config(url: string): BrokerConfig;
  publisher(broker: Broker, url: string): Promise<Publish>;
};

async function killWhilePublishing(
  { sizes, onEnd }: Run<'lost'>,
  start: (port?: number) => Promise<Server>,
  { config, publisher }: How,
): Promise<Lost> {
  const server = await start();
  onEnd(() => server.kill());
  const broker = openBroker(config(server.url));
  onEnd(() => broker.close(0));
  await until(() => broker.depth('delivery'), 10_000); // makes the queue
  const taken = await publishUntilItFails(await publisher(broker, server.url), sizes.lost, server);
  await server.exited;
  const again = await start(server.port);
  onEnd(() => again.kill());
  const received = await receiveAll(broker);
  await broker.close(0);
  await again.stop(10_000);
  return { of: taken.length, lost: taken.filter((id) => !received.has(id)).length };
}

async function publishUntilItFails(publish: Publish, count: number, server: Server): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < count) {
    if (taken.length === Math.ceil(count / BATCH / 2) * BATCH) server.kill();
    const ids = Array.from({ length: BATCH }, (_, n) => taken.length + n);
    try {
      await publish(ids);
    } catch {
      break;
    }
    taken.push(...ids);
  }
  return taken;
}

const publishWith =
  (broker: Broker): Publish =>
  (ids) =>
    broker.publish(
      'delivery',
      ids.map((id) => ({ key: `lost-${id}`, body: id })),
    );

async function sendBlindly(url: string): Promise<Publish> {
  const connection = await connect(url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  return async (ids) => {
    for (const body of ids) channel.sendToQueue(amqpQueue('delivery'), envelope(body), { persistent: true });
    await breathe();
  };
}

const envelope = (body: number) => Buffer.from(JSON.stringify({ body }));

async function receiveAll(broker: Broker): Promise<Set<unknown>> {
  const received = new Set<unknown>();
  const consumer = broker.consume('delivery', async ({ body }) => void received.add(body), {
    concurrency: 50,
  });
  await until(async () => {
    const { waiting, inFlight } = await broker.depth('delivery');
    if (waiting + inFlight > 0) throw new Error(`${waiting + inFlight} are still in the queue`);
  }, MINUTE);
  await consumer.stop(5_000);
  return received;
}

/** A consumer that is killed at work. It acknowledges after the work, or automatically when a message is handed out. */
async function killConsumer(net: OnOff, run: Run<'lost'>): Promise<Lost> {
  const server = await startRabbitmq({ dataDir: join(run.dataDir, `acknowledge-${net}`) });
  run.onEnd(() => server.kill());
  const broker = openBroker({ BROKER: 'rabbitmq', RABBITMQ_URL: server.url });
  run.onEnd(() => broker.close(0));
  const ids = Array.from({ length: run.sizes.lost }, (_, id) => id);
  await until(() => publishWith(broker)(ids), 10_000);
  const handled = await handleAndDie(server.url, net);
  const left = await receiveAll(broker);
  await broker.close(0);
  await server.stop(10_000);
  return { of: ids.length, lost: ids.filter((id) => !handled.has(id) && !left.has(id)).length };
}

const DIES_AFTER = 100; // messages

async function handleAndDie(url: string, net: OnOff): Promise<Set<unknown>> {
  const { command, args, cwd } = scriptCommand(CONSUMER, amqpQueue('delivery'), net);
  const env = { ...process.env, RABBITMQ_URL: url };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const handled = new Set<unknown>();
  createInterface({ input: child.stdout }).on('line', (line) => handled.add(Number(line)));
  while (handled.size < DIES_AFTER && child.exitCode === null) await wait(5);
  child.kill('SIGKILL');
  await once(child, 'close');
  return handled;
}

const CONSUMER = 'lab/bench/brokers/consumer.ts';
