import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import { DAY } from '#core/durations.ts';
import { openPostgres, type Postgres } from '#core/postgres.ts';
import { KEYS } from '#core/retention/forget.ts';
import { readRows } from '#core/rows.ts';
import { clockKey } from '#core/timelines/epoch.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { epochKey } from '#core/timelines/timeline.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount, addUsers, range } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import { startWorker } from '#worker/start-worker.ts';
import { KINDS } from '#worker/tasks/kinds.ts';
import { addPast } from './past.ts';

/*
 * A system in use is old. Here its tables have a past, and everything that happens in a running system happens once:
 * posts in both lanes, pages, tasks of all kinds, forgetting, a repair. None of it may read a growing table from end to
 * end.
 */

/**
 * Tables with a row for each tweet, follow or task, and the one row that all of them write. Accounts are left out,
 * because use does not add any: two figures count all of them, once a minute at most.
 */
const GROWING = ['tweet', 'fan_out', 'chunk', 'idempotency_key', 'follow', 'task', 'backlog'];
const PEOPLE = 4_000;

let world: World;
let stage: WebStage;
let cookies: Record<'large' | 'small', string>;
let worker: { stop(): Promise<void> };

beforeAll(async () => {
  world = await openWorld();
  const setUp = openPostgres({ url: world.databaseUrl, max: 1, name: 'past' });
  await addPeople(setUp.pool);
  const past = { authors: range(1, 500), chunks: 1, followers: 40, days: 60 };
  await addPast(setUp.pool, { ...past, fanOuts: 20_000, tasks: 2_000 });
  await setUp.pool.query('VACUUM (FREEZE, ANALYZE)');
  // Postgres counts each page as a thousand, and chooses its plans as it would after years.
  await setUp.pool.query(
    `ALTER DATABASE ${new URL(world.databaseUrl).pathname.slice(1)} SET seq_page_cost = 1000`,
  );
  await setUp.close();
  await settleOnce(world.postgres.pool, { redis: world.timelines, shards: 1, cap: 800 });
  await eventually(async () => expect(await connectionsOf('past')).toBe(0));
  await world.postgres.pool.query('SELECT pg_stat_reset()');
}, 60_000);
afterAll(() => world.close());

async function addPeople(pool: Postgres['pool']): Promise<void> {
  await addDemoAccount(pool, { id: 1, handle: 'large' });
  await addDemoAccount(pool, { id: 2, handle: 'small' });
  await addUsers(pool, range(3, PEOPLE));
  await pool.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT followee, 1 + (followee + n) % ${PEOPLE}, 0, to_timestamp(0)
     FROM generate_series(1, 500) followee CROSS JOIN generate_series(1, CASE followee WHEN 2 THEN 10 ELSE 40 END) n`,
  );
  await pool.query(
    `UPDATE "user" u SET follower_count = (SELECT count(*) FROM follow WHERE followee_id = u.id),
       following_count = (SELECT count(*) FROM follow WHERE follower_id = u.id)`,
  );
}

async function open(): Promise<void> {
  stage = await openWebStage(world, { OPERATORS: 'large', POSTS_PER_MINUTE: '1000', CHUNK_SIZE: '15' });
  cookies = { large: await cookieOf(stage, 'large'), small: await cookieOf(stage, 'small') };
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: world.queueRedisUrl });
  const postgres = openPostgres({
    url: world.databaseUrl,
    max: 10,
    name: 'worker',
    synchronousCommit: 'off',
  });
  const context = workerContext({ name: 'A', ...postgres, broker, hints: world.timelines, chunkSize: 15 });
  const running = startWorker(context, {
    ...{ fanOutConcurrency: 2, deliveryConcurrency: 2, log: () => {} },
    tasks: { kinds: KINDS, concurrency: 2, urgentConcurrency: 2 },
    kept: { ...KEYS, chunkDays: 7, fanOutDays: 30 },
  });
  worker = {
    stop: async () => {
      await running.stop(5_000);
      await broker.close(0);
      await postgres.close();
    },
  };
}

const call = async (
  method: string,
  path: string,
  { body, as = 'large' }: { body?: object; as?: 'large' | 'small' } = {},
) => {
  const headers = { cookie: cookies[as], 'idempotency-key': crypto.randomUUID() };
  const answer = await fetch(`${stage.url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
};

const posted = z.object({ tweet: z.object({ id: z.int() }) });

async function postAndWait(as: 'large' | 'small'): Promise<number> {
  const { tweet } = posted.parse(await call('POST', '/api/tweets', { as, body: { text: 'Hello #years' } }));
  await eventually(async () =>
    expect(await call('GET', `/api/tweets/${tweet.id}/delivery`)).toMatchObject({ state: 'delivered' }),
  );
  return tweet.id;
}

async function usePages(tweetId: number): Promise<void> {
  for (const path of [
    ...['/api/accounts', '/api/session', '/api/timelines/home', '/api/trends'],
    ...[
      '/api/suggestions',
      '/api/users/user9',
      '/api/users/large/tweets',
      '/api/tasks',
      '/api/tasks?kind=archive&state=failed',
    ],
    ...[
      '/api/schedules',
      '/api/queue',
      '/readyz',
      '/metrics',
      `/api/tweets/${tweetId}/delivery?include=chunks`,
    ],
  ])
    await call('GET', path);
  const { nextCursor } = await call('GET', '/api/timelines/home?limit=40');
  for (const path of ['/api/timelines/home', '/api/users/large/tweets'])
    await call('GET', `${path}?limit=40&cursor=${nextCursor}`);
  await call('POST', `/api/tweets/${tweetId}/audit`);
  await call('POST', `/api/tweets/${tweetId}/retry`);
}

async function change(tweetId: number): Promise<void> {
  await call('PUT', '/api/users/user9/follow');
  await call('GET', '/api/timelines/home'); // a backfill
  await call('DELETE', '/api/users/user9/follow');
  for (const kind of ['archive', 'suggestions', 'trends'])
    await call('POST', '/api/tasks', { body: { kind } });
  const scheduledFor = new Date(Date.now() + DAY).toISOString();
  await call('POST', '/api/tweets', { body: { text: 'Later', scheduledFor } });
  await call('POST', '/api/schedules', { body: { name: 'often', kind: 'trends', everyMs: 3_600_000 } });
  await call('DELETE', '/api/schedules/often');
  for (const verb of ['retry', 'discard'])
    for (const queue of ['fan-out', 'delivery', 'task'])
      await call('POST', `/api/dead-letters/${verb}`, { body: { queue } });
  await call('DELETE', `/api/tweets/${tweetId}`);
  await eventually(async () => {
    const { tasks } = z
      .object({ tasks: z.array(z.object({ state: z.string() })) })
      .parse(await call('GET', '/api/tasks'));
    expect(tasks.filter(({ state }) => state === 'waiting' || state === 'running')).toHaveLength(1); // the one of tomorrow
  });
}

/** Leaves the timelines as a restart from an older file does. A worker repairs them. */
async function restoreTimelines(): Promise<void> {
  await world.timelines.set(clockKey('0'), new Date(Date.now() - 60_000).toISOString());
  await world.timelines.del(epochKey('0'));
  await eventually(async () => expect(await world.timelines.exists(epochKey('0'))).toBe(1));
}

const count = z.object({ count: z.int() });
const oneOf = async (text: string, values: unknown[] = []): Promise<number> =>
  (await readRows(world.postgres.pool, count, { text, values }))[0]?.count ?? 0;

/** Those to this database: other tests run at the same time. */
const connectionsOf = (name: string) =>
  oneOf(
    'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
    [`%${name}%`],
  );

/** How much of the past is still to be forgotten. It uses the index of ends. */
const leftToForget = () =>
  oneOf(`SELECT count(*)::int FROM fan_out WHERE finished_at < now() - interval '30 days'`);

type Statement = { text: string; values: unknown[] };

/** The statements that `work` sends, by pg and by Prisma alike. Each text comes once. */
async function statementsOf(work: () => Promise<void>): Promise<Statement[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const sent = query.mock.calls.map(([given, values]): Statement => {
      const { text, values: inside } = z
        .object({ text: z.string(), values: z.array(z.unknown()).optional() })
        .parse(typeof given === 'string' ? { text: given } : given);
      return { text, values: inside ?? (Array.isArray(values) ? values : []) };
    });
    return [...new Map(sent.map((statement) => [statement.text, statement])).values()];
  } finally {
    query.mockRestore();
  }
}

type Plan = z.infer<typeof plan>;
const node = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
});
const plan = node.extend({
  get Plans() {
    return z.array(plan).optional();
  },
});
const explanation = z.object({ 'QUERY PLAN': z.array(z.object({ Plan: plan })) });

/** Those statements for which Postgres would read all of a growing table, or of an index that grows with it. */
async function scansAmong(statements: Statement[]): Promise<string[]> {
  const { pool, close } = openPostgres({ url: world.databaseUrl, max: 1, name: 'plans' });
  const growing = await growingIndexes(pool);
  const scans: string[] = [];
  for (const { text, values } of statements) {
    const [explained] = await readRows(pool, explanation, { text: `EXPLAIN (FORMAT JSON) ${text}`, values });
    const scanned = explained?.['QUERY PLAN'].flatMap(({ Plan }) => scansOf(Plan, growing)) ?? [];
    if (scanned.length > 0) scans.push(`${scanned.join(', ')}: ${text}`);
  }
  await close();
  return scans;
}

/**
 * Lists the scans in a plan. Below a LIMIT an index is read in its order and only that far, so nothing there counts.
 */
function scansOf(each: Plan, growing: Set<string>): string[] {
  const table = each['Relation Name'] ?? '';
  const index = each['Index Name'] ?? '';
  if (each['Node Type'] === 'Seq Scan' && GROWING.includes(table)) return [table];
  if (growing.has(index) && each['Index Cond'] === undefined) return [index];
  if (each['Node Type'] === 'Limit') return [];
  return (each.Plans ?? []).flatMap((child) => scansOf(child, growing));
}

const indexRow = z.object({ index: z.string() });

/** Indexes that hold every row of their table. Partial ones, such as for what is due or failed, stay small. */
async function growingIndexes(pool: Postgres['pool']): Promise<Set<string>> {
  const rows = await readRows(pool, indexRow, {
    text: `SELECT indexrelid::regclass::text AS index FROM pg_index
           WHERE indpred IS NULL AND indrelid::regclass::text = ANY(SELECT quote_ident(unnest($1::text[])))`,
    values: [GROWING],
  });
  return new Set(rows.map(({ index }) => index));
}

const scan = z.object({ table: z.string(), scans: z.number() });

/** Scans that Postgres has counted for all processes, also within functions and triggers. */
const scansCounted = () =>
  readRows(world.postgres.pool, scan, {
    text: `SELECT relname AS "table", seq_scan AS scans FROM pg_stat_user_tables
           WHERE relname = ANY($1) AND seq_scan > 0 ORDER BY 1`,
    values: [GROWING],
  });

it('reads no table from end to end that grows for years', async () => {
  const statements = await statementsOf(async () => {
    await open();
    const tweets = [await postAndWait('small'), await postAndWait('large')];
    await usePages(tweets[1] ?? 0);
    await change(tweets[0] ?? 0);
    await restoreTimelines();
    await eventually(async () => expect(await leftToForget()).toBe(0));
  });
  await worker.stop();
  await stage.stop();
  const explained = statements.filter(({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/.test(text));
  expect(await scansAmong(explained)).toEqual([]);
  expect(explained.length).toBeGreaterThan(100); // otherwise nothing is proved
  await eventually(async () => expect(await connectionsOf('w')).toBe(0)); // they report at their end
  expect(await scansCounted()).toEqual([]);
}, 120_000);
