import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openPostgres, type Postgres } from '#core/postgres.ts';
import { startPostgres } from '#dev/postgres.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { migrate } from '#prisma/migrate.ts';
import { eventually } from '#testing/eventually.ts';
import { freeze, postgresPids } from '#testing/frozen.ts';
import { addDemoAccount, addFollowers, addUsers, post } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { api } from './app.ts';
import { openApiDocument } from './openapi.ts';

/** A server that this test may stop and freeze, at an address that stays. */
type Own = { server: Server; start(port: number): Promise<Server> };

const folder = openTempFolder('servers-away');
const dataDir = folder.dir;
const servers: Record<'postgres' | 'timelines' | 'queue', Own> = {
  postgres: await own((port) =>
    startPostgres({ dataDir, database: 'tweet_fanout', durable: false, log: () => {}, port }),
  ),
  timelines: await own((port) => startRedis({ role: 'timelines', dataDir, port })),
  queue: await own((port) => startRedis({ role: 'queue', dataDir, port })),
};

async function own(start: (port?: number) => Promise<Server>): Promise<Own> {
  return { server: await start(), start };
}

let stage: WebStage;
let postgres: Postgres;
let cookie: string;
let tweetId: number;
beforeAll(async () => {
  const databaseUrl = servers.postgres.server.url;
  await migrate(databaseUrl);
  postgres = openPostgres({ url: databaseUrl, max: 2, name: 'test' });
  await addDemoAccount(postgres.pool, { id: 1, handle: 'ada' });
  await addUsers(postgres.pool, [2]);
  await addFollowers(postgres.pool, 1, [2]);
  tweetId = await post(postgres.pool, 1);
  await postgres.pool.query(`UPDATE fan_out SET state = 'delivered', finished_at = clock_timestamp()`);
});
afterAll(async () => {
  await postgres.close();
  await Promise.all(Object.values(servers).map(({ server }) => server.stop(5_000)));
  folder.remove();
});

/** A web process that has kept nothing of what was read before. */
async function openStage(): Promise<void> {
  const urls = {
    databaseUrl: servers.postgres.server.url,
    timelineRedisUrl: servers.timelines.server.url,
    queueRedisUrl: servers.queue.server.url,
  };
  stage = await openWebStage(urls, { OPERATORS: 'ada' });
  const signedIn = await fetch(`${stage.url}/api/session`, { method: 'POST', body: '{"handle":"ada"}' });
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
}

type Need = 'postgres' | 'timelines' | 'broker';
type Call = { path?: string; body?: object; needs: Need[] };

const POSTGRES: Need[] = ['postgres'];
/** Of nobody: the calls below make tasks, and one of these would be cancelled or not, whichever call comes first. */
const NO_TASK = '/api/tasks/4242';

/** Every endpoint of the document, with a request that is right and what it cannot be answered without. */
const CALLS: Record<string, Call> = {
  'GET /api/accounts': { needs: POSTGRES },
  'GET /api/accounts/histogram': { needs: POSTGRES },
  'GET /api/session': { needs: POSTGRES },
  'POST /api/session': { needs: POSTGRES, body: { handle: 'ada' } },
  'POST /api/tweets': { needs: POSTGRES, body: { text: 'Hello' } },
  'DELETE /api/tweets/{id}': { needs: POSTGRES, path: '/api/tweets/4242' },
  'GET /api/tweets/{id}/delivery': { needs: POSTGRES },
  'POST /api/tweets/{id}/audit': { needs: ['postgres', 'timelines'] },
  'GET /api/tweets/{id}/audit': { needs: POSTGRES },
  'POST /api/tweets/{id}/retry': { needs: POSTGRES },
  'GET /api/timelines/home': { needs: POSTGRES },
  'GET /api/trends': { needs: POSTGRES },
  'GET /api/suggestions': { needs: POSTGRES },
  'GET /api/users/{handle}': { needs: POSTGRES, path: '/api/users/user2' },
  'GET /api/users/{handle}/tweets': { needs: POSTGRES, path: '/api/users/ada/tweets' },
  'PUT /api/users/{handle}/follow': { needs: POSTGRES, path: '/api/users/user2/follow' },
  'DELETE /api/users/{handle}/follow': { needs: POSTGRES, path: '/api/users/user2/follow' },
  'GET /api/tasks': { needs: POSTGRES },
  'POST /api/tasks': { needs: POSTGRES, body: { kind: 'archive' } },
  'GET /api/tasks/{id}': { needs: POSTGRES, path: NO_TASK },
  'PATCH /api/tasks/{id}': { needs: POSTGRES, path: NO_TASK, body: { text: 'Hello' } },
  'DELETE /api/tasks/{id}': { needs: POSTGRES, path: NO_TASK },
  'POST /api/tasks/{id}/retry': { needs: POSTGRES, path: `${NO_TASK}/retry` },
  'GET /api/tasks/{id}/file': { needs: POSTGRES, path: `${NO_TASK}/file` },
  'GET /api/schedules': { needs: POSTGRES },
  'POST /api/schedules': { needs: POSTGRES, body: { name: 'hourly', kind: 'trends', everyMs: 3_600_000 } },
  'PATCH /api/schedules/{name}': { needs: POSTGRES, path: '/api/schedules/none', body: { enabled: true } },
  'DELETE /api/schedules/{name}': { needs: POSTGRES, path: '/api/schedules/none' },
  'GET /api/queue': { needs: POSTGRES },
  'GET /api/clients': { needs: POSTGRES },
  'DELETE /api/clients/{id}': { needs: POSTGRES },
  'GET /portraits/{handle}': { needs: [], path: '/portraits/ada' },
  'GET /portraits/{handle}/header': { needs: [], path: '/portraits/ada/header' },
  'PUT /api/pause': { needs: POSTGRES, body: { paused: false } },
  'POST /api/dead-letters/retry': { needs: ['broker'], body: { queue: 'fan-out' } },
  'POST /api/dead-letters/discard': { needs: ['broker'], body: { queue: 'fan-out' } },
  'GET /api/lab': { needs: [] },
  'GET /api/lab/experiments': { needs: [] },
  'POST /api/lab/faults': { needs: [] },
  'DELETE /api/lab/faults/{id}': { needs: [] },
  'POST /api/lab/reset': { needs: [] },
  'POST /api/lab/runs': { needs: [] },
  'GET /api/lab/runs/{id}': { needs: [] },
  'GET /api/lab/runs/{id}/picture': { needs: [] },
  'GET /api/stream': { needs: [], path: '/api/stream?topics=status' },
  'GET /healthz': { needs: [] },
  'GET /readyz': { needs: [] },
  'GET /metrics': { needs: POSTGRES },
};

type Refusal = { type: string; retryAfter: RegExp; says: RegExp };

const away = (says: RegExp): Refusal => ({ type: 'unavailable', retryAfter: /^2$/, says });
const full = (says: RegExp): Refusal => ({ type: 'over-capacity', retryAfter: /^\d+$/, says });

const needing = (need: Need) => Object.keys(CALLS).filter((name) => CALLS[name]?.needs.includes(need));
const POST = 'POST /api/tweets';

/** Of those that need Postgres, the ones that write at once. */
const WRITES = [
  POST,
  'DELETE /api/tweets/{id}',
  'POST /api/tweets/{id}/audit', // takes a place in line
  'POST /api/tweets/{id}/retry',
  'PUT /api/users/{handle}/follow',
  'DELETE /api/users/{handle}/follow',
  'POST /api/tasks',
  'POST /api/schedules',
  'PUT /api/pause',
  'DELETE /api/clients/{id}',
];

/** Each begins and returns how it ends. `refused` are the calls that cannot be answered meanwhile. */
const FAULTS: {
  name: string;
  begin: () => Promise<() => Promise<unknown>>;
  refused: string[];
  refusal: Refusal;
}[] = [
  {
    name: 'Postgres is stopped',
    begin: () => stop('postgres'),
    refused: needing('postgres'),
    refusal: away(/^Postgres does not answer/),
  },
  {
    name: 'Postgres is frozen',
    begin: async () => frozen(await postgresPids(servers.postgres.server)),
    refused: needing('postgres'),
    // Those who find every connection taken by one that waits for its answer cannot know more than that.
    refusal: {
      type: '(unavailable|too-busy)',
      retryAfter: /^[12]$/,
      says: /^Postgres does not answer|connections to Postgres were taken for the 3 s/,
    },
  },
  {
    name: 'every connection to Postgres is taken and as many requests as may wait for one',
    begin: takeAllConnections,
    refused: needing('postgres'),
    refusal: {
      type: 'too-busy',
      retryAfter: /^[12]$/,
      says: /^All \d+ connections to Postgres (are|were) taken/,
    },
  },
  {
    name: 'Postgres takes no writes, as after a failover to a replica',
    begin: readOnlyPostgres,
    refused: WRITES,
    refusal: away(/^Postgres takes no writes now/),
  },
  {
    name: 'the timeline store is stopped',
    begin: () => stop('timelines'),
    refused: needing('timelines'),
    refusal: away(/^The timeline store does not answer/),
  },
  {
    name: 'the timeline store is frozen',
    begin: async () => frozen([servers.timelines.server.pid]),
    refused: needing('timelines'),
    refusal: away(/^The timeline store does not answer/),
  },
  {
    name: 'the timeline store runs a script without an end',
    begin: occupyTimelines,
    refused: needing('timelines'),
    refusal: away(/^The timeline store does not answer/),
  },
  {
    name: 'the timeline store wants another password',
    begin: () => lock('timelines'),
    refused: needing('timelines'),
    // A request whose connection is just being cut cannot know more than that.
    refusal: away(/^The timeline store (refuses the user or the password|does not answer)/),
  },
  {
    name: 'the timeline store is full',
    begin: () => fill('timelines'),
    refused: [POST],
    refusal: full(/^The timeline store is nearly full/),
  },
  {
    name: 'the timeline store is a read-only replica',
    begin: () => configure('timelines', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
    refused: [],
    refusal: away(/./),
  },
  {
    name: 'the queue is stopped',
    begin: () => stop('queue'),
    refused: needing('broker'),
    refusal: away(/^The broker does not answer/),
  },
  {
    name: 'the queue is frozen',
    begin: async () => frozen([servers.queue.server.pid]),
    refused: needing('broker'),
    refusal: away(/^The broker does not answer/),
  },
  {
    name: 'the queue wants another password',
    begin: () => lock('queue'),
    refused: needing('broker'),
    refusal: away(/^The broker does not answer/),
  },
  {
    name: 'the queue is full',
    begin: () => fill('queue'),
    refused: [POST],
    refusal: full(/^The queue is nearly full/),
  },
];

async function stop(name: keyof typeof servers) {
  const { server, start } = servers[name];
  await server.stop(5_000);
  return async () => {
    servers[name].server = await start(server.port);
  };
}

function frozen(pids: number[]) {
  const thaw = freeze(pids);
  return async () => thaw();
}

/** Asks a Redis for something, and for its opposite when it ends. */
async function configure(name: 'timelines' | 'queue', begin: string[], end: string[]) {
  const redis = new Redis(servers[name].server.url);
  const call = ([command = '', ...args]: string[]) => redis.call(command, ...args);
  await call(begin);
  return async () => {
    await call(end);
    redis.disconnect();
  };
}

const fill = (name: 'timelines' | 'queue') =>
  configure(name, ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']);

/** As after somebody has changed the password: whoever is connected has to come again. */
async function lock(name: 'timelines' | 'queue') {
  const { url } = servers[name].server;
  const redis = new Redis(url);
  await redis.config('SET', 'requirepass', 'another');
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  return async () => {
    await redis.config('SET', 'requirepass', new URL(url).password);
    redis.disconnect();
  };
}

/** Redis answers BUSY to everybody else after `busy-reply-threshold` ms. */
async function occupyTimelines() {
  const { url } = servers.timelines.server;
  const [redis, other] = [new Redis(url), new Redis(url)];
  await redis.config('SET', 'busy-reply-threshold', '1');
  const running = redis.eval('while true do end', 0).catch(() => {});
  await eventually(() => expect(other.ping()).rejects.toThrow('BUSY'), { interval: 5 });
  return async () => {
    await other.script('KILL');
    await running;
    for (const each of [redis, other]) each.disconnect();
  };
}

/** For every session that begins from now on; those that there are end. */
async function readOnlyPostgres() {
  const { pool, close } = openPostgres({ url: servers.postgres.server.url, max: 1, name: 'admin' });
  const set = async (how: string) => {
    await pool.query(`ALTER DATABASE tweet_fanout ${how}`);
    await pool.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND datname = current_database()`,
    );
  };
  await set('SET default_transaction_read_only = on');
  return async () => {
    await set('RESET default_transaction_read_only');
    await close();
  };
}

async function takeAllConnections() {
  const taken = [stage.web.pool, stage.web.posting.pool].flatMap((pool) =>
    Array.from({ length: pool.options.max + 100 }, () => pool.connect()),
  );
  for (const waiting of taken) waiting.catch(() => {});
  return async () => {
    for (const given of await Promise.allSettled(taken))
      if (given.status === 'fulfilled') given.value.release();
  };
}

const problem = z.object({ type: z.string(), detail: z.string() });

type Answer = { status: number; retryAfter: string | null; type?: string; detail?: string };

async function ask(name: string): Promise<Answer> {
  const [method = '', template = ''] = name.split(' ');
  const { path = template.replace('{id}', String(tweetId)), body } = CALLS[name] ?? {};
  const answer = await fetch(`${stage.url}${path}`, {
    method,
    headers: { cookie, 'idempotency-key': crypto.randomUUID() },
    signal: AbortSignal.timeout(15_000),
    ...(body && { body: JSON.stringify(body) }),
  });
  const found = { status: answer.status, retryAfter: answer.headers.get('retry-after') };
  if (answer.headers.get('content-type') !== 'application/problem+json') {
    await answer.body?.cancel();
    return found;
  }
  return { ...found, ...problem.parse(await answer.json()) };
}

const askAll = async () =>
  Object.fromEntries(
    await Promise.all(Object.keys(CALLS).map(async (name) => [name, await ask(name)] as const)),
  );

const serverFailures = (answers: Record<string, Answer>) =>
  Object.entries(answers).filter(([, { status }]) => status >= 500);

it('knows a request for every endpoint of the document', () => {
  const { paths } = openApiDocument(api) as { paths: Record<string, object> };
  const names = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(Object.keys(CALLS).sort()).toEqual(names.sort());
});

describe.each(FAULTS)('while $name', ({ begin, refused, refusal }) => {
  let answers: Record<string, Answer>;
  beforeAll(async () => {
    await openStage();
    const end = await begin();
    answers = await askAll();
    await end();
  }, 60_000);
  afterAll(() => stage.stop());

  if (refused.length > 0)
    it.each(refused)('%s says why, and when to come again', (name) => {
      expect(answers[name]).toMatchObject({
        status: 503,
        type: expect.stringMatching(new RegExp(`^/problems/${refusal.type}$`)),
        retryAfter: expect.stringMatching(refusal.retryAfter),
        detail: expect.stringMatching(refusal.says),
      });
    });

  it('everything else is answered as ever, but /readyz where Postgres is away', () => {
    const others = serverFailures(answers).filter(([name]) => !refused.includes(name));
    const isReadyTold = refused.includes('GET /api/accounts') ? ['GET /readyz'] : [];
    expect(others.filter(([name]) => !isReadyTold.includes(name))).toEqual([]);
  });

  it('all are answered again afterwards, and nobody has to start anything', async () => {
    await eventually(async () => expect(serverFailures(await askAll())).toEqual([]), { interval: 250 });
  });
});
