import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Said, type Told, told } from './player.ts';

/*
 * Runs fan-outs of the commit whose files are in the working directory, with its servers, migrations and seed, two of
 * its worker processes, and its way to post. `node play.ts OPTIONS`, then one fan-out for each line of the input. It
 * calls only what the first commit with a whole path already had.
 */

const files = {
  servers: await load<typeof import('#dev/servers.ts')>('dev/servers.ts'),
  migrate: await load<typeof import('#prisma/migrate.ts')>('prisma/migrate.ts'),
  seed: await load<typeof import('#prisma/seed/author-with-followers.ts')>(
    'prisma/seed/author-with-followers.ts',
  ),
  broker: await load<typeof import('#broker/open-broker.ts')>('broker/open-broker.ts'),
  postgres: await load<typeof import('#core/postgres.ts')>('core/postgres.ts'),
  redis: await load<typeof import('#core/redis.ts')>('core/redis.ts'),
  // Until 2026-11-26 the code that marks fan-outs had a file of its own.
  publish: await load<typeof import('#core/ledger/publish.ts')>(
    existsSync('core/ledger/due.ts') ? 'core/ledger/due.ts' : 'core/ledger/publish.ts',
  ),
  post: await load<typeof import('#core/tweets/post-tweet.ts')>('core/tweets/post-tweet.ts'),
};

function load<M>(file: string): Promise<M> {
  return import(pathToFileURL(join(process.cwd(), file)).href);
}

const FIRST_TWEET_ID = 1_000_000_000; // as in stage.ts; an import would load this code's modules too
const CAP = 800; // entries

async function main({ dataDir, ...audience }: Told): Promise<void> {
  const servers = await files.servers.startServers({ dataDir, log: console.error });
  try {
    await play(servers, audience);
  } finally {
    await servers.stop();
  }
}

async function play(servers: Urls, { followers, tweets }: Omit<Told, 'dataDir'>): Promise<void> {
  await files.migrate.migrate(servers.databaseUrl);
  const { pool, close } = files.postgres.openPostgres({ url: servers.databaseUrl, max: 10, name: 'bench' });
  await pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  const redis = files.redis.openRedis(servers.timelineRedisUrl, 'bench');
  const broker = files.broker.openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: servers.queueRedisUrl });
  const workers = await Promise.all(['A', 'B'].map((name) => startWorker(name, servers)));
  try {
    const store = { redis, shards: 1, cap: CAP };
    const wanted = { handle: 'short', followers, tweets };
    const { id } = await files.seed.addAuthorWithFollowers(pool, store, wanted);
    say({ databaseUrl: servers.databaseUrl, timelineRedisUrl: servers.timelineRedisUrl });
    for await (const _ of createInterface({ input: process.stdin }))
      say({ seconds: await fanOut({ pool, broker }, id) });
  } finally {
    for (const worker of workers) worker.kill();
    await broker.close(0);
    redis.disconnect();
    await close();
  }
}

type Urls = { databaseUrl: string; queueRedisUrl: string; timelineRedisUrl: string };

/** Resolves when it takes deliveries. */
async function startWorker(name: string, { databaseUrl, queueRedisUrl, timelineRedisUrl }: Urls) {
  const worker = spawn(process.execPath, ['--import', 'tsx', 'worker/main.ts'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      QUEUE_REDIS_URL: queueRedisUrl,
      TIMELINE_REDIS_URL: timelineRedisUrl,
      SESSION_SECRET: 'nobody signs in to this',
      WORKER_NAME: name,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (text) => String(text).includes('takes deliveries') && resolve());
    worker.once('exit', () => reject(new Error(`Expected worker ${name} to take deliveries, it ended`)));
  });
  return worker;
}

type Sides = {
  pool: import('pg').Pool;
  broker: ReturnType<typeof files.broker.openBroker>;
};

/** Posts as the web process does: the transaction, then the broker, then the mark. Returns the ledger's own seconds. */
async function fanOut({ pool, broker }: Sides, authorId: number): Promise<number> {
  const idempotencyKey = crypto.randomUUID();
  const draft = { authorId, text: 'A tweet of the bench', idempotencyKey };
  const posted = await files.post.postTweet(pool, draft);
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  const tweetId = posted.tweet.id;
  await broker.publish('fan-out', [{ key: `bench-${tweetId}`, body: { tweetId } }]);
  await files.publish.markPublished(pool, [tweetId]);
  return finished(pool, tweetId);
}

const LOOK = 25; // ms
const fanOutEnd = z.object({ seconds: z.number(), complete: z.boolean() });

async function finished(pool: Sides['pool'], tweetId: number): Promise<number> {
  for (;;) {
    const { rows } = await pool.query(
      `SELECT extract(epoch FROM finished_at - accepted_at)::float8 AS seconds, delivered = expected AS complete
       FROM fan_out WHERE tweet_id = $1 AND finished_at IS NOT NULL`,
      [tweetId],
    );
    const ended = fanOutEnd.optional().parse(rows[0]);
    if (ended?.complete) return ended.seconds;
    if (ended) throw new Error(`Expected tweet ${tweetId} in every timeline`);
    await wait(LOOK);
  }
}

function say(line: Said): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await main(told.parse(JSON.parse(process.argv[2] ?? '')));
