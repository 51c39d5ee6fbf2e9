import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { FAULTS, type FaultKind } from '#core/lab/fault-kinds.ts';
import type { FaultOrder } from '#core/lab/faults.ts';
import { urlOfPrimary } from '#core/primary.ts';
import { openRedis } from '#core/redis.ts';
import { forcePull } from '#core/tweets/force-pull.ts';
import type { Supervised } from '../keep-running.ts';
import type { Programs } from '../programs.ts';
import type { ServerUrls } from '../servers.ts';

/** What the lab may break: the processes of one application, and the servers that were started for it. */
export type Breakable = {
  programs: Pick<Programs, 'webs' | 'workers' | 'resizeWorkers' | 'replaceWebs' | 'replaceWorkers'>;
  /** How many workers a start begins with. */
  usualWorkers: number;
  /** Undefined for a server that was given by its URL. */
  servers: Record<'queue' | 'timelines' | 'postgres', Supervised | undefined>;
  urls: ServerUrls;
  /** False for a queue that is not on Redis: only its own broker could empty it. */
  isQueueRedis: boolean;
  /** Starts to rebuild all cold timelines, and tells how far it is. */
  warm(progress: (text: string) => void): { done: Promise<void>; stop(): Promise<void> };
};

/** Ends a fault. May be called twice. */
export type Heal = () => Promise<void>;

export type Inflicted = {
  heal: Heal;
  /** Resolves when it is over by itself, before anybody heals it. */
  over?: Promise<void>;
};

type Tell = (text: string) => void;
type Act = (system: Breakable, order: FaultOrder, tell: Tell) => Promise<Inflicted>;

/** Causes a fault. Resolves once it is there; a fault without a duration is over then. */
export const inflict: Act = (system, order, tell) => ACTS[order.kind](system, order, tell);

/** Waits this long before it breaks the web process that asks for it, so that it has answered the browser. */
const ANSWER = 200; // ms

const ACTS: Record<FaultKind, Act> = {
  'worker-killed': (system, order) => keepDown(worker(system, order), 'kill'),
  'worker-frozen': async (system, order) => frozen([worker(system, order)]),
  'workers-changed': async ({ programs, usualWorkers }, { workers = usualWorkers }) => {
    await programs.resizeWorkers(workers);
    return { heal: () => programs.resizeWorkers(usualWorkers) };
  },
  'web-killed': async ({ programs }) => {
    await sleep(ANSWER);
    const faults = await Promise.all(programs.webs.map((web) => keepDown(web, 'kill')));
    return { heal: async () => void (await Promise.all(faults.map(({ heal }) => heal()))) };
  },
  'web-frozen': async ({ programs }) => {
    await sleep(ANSWER);
    return frozen(programs.webs);
  },
  'queue-killed': ({ servers }) => keepDown(embedded(servers.queue), 'kill'),
  'queue-emptied': ({ urls }) => atOnce(() => onRedis(urls.queueRedisUrl, (redis) => redis.flushall())),
  'timelines-killed': ({ servers }) => keepDown(embedded(servers.timelines), 'kill'),
  'timelines-emptied': ({ urls }) =>
    atOnce(() => onRedis(urls.timelineRedisUrl, (redis) => redis.flushall())),
  'timelines-warmed': async ({ warm }, _order, tell) => {
    const { done, stop } = warm(tell);
    return { heal: stop, over: done };
  },
  'postgres-restarted': ({ servers }) =>
    atOnce(async () => {
      const { heal } = await keepDown(embedded(servers.postgres), 'stop');
      await heal();
    }),
  'connections-cut': ({ urls }) => atOnce(() => cutConnections(urls.databaseUrl)),
  'account-pulled': async ({ urls }, { account = '', seconds = FAULTS['account-pulled'].lasts.usual }) => {
    const pullFor = (time: number) =>
      onPostgres(urls.databaseUrl, (client) => forcePull(client, account, time));
    if (!(await pullFor(seconds)))
      throw new NoSuchTarget(`Expected the handle of an account, got ${account}`);
    return { heal: async () => void (await pullFor(0)) };
  },
  'web-replaced': ({ programs }) => atOnce(() => programs.replaceWebs()),
  'workers-replaced': ({ programs }) => atOnce(() => programs.replaceWorkers()),
};

function worker({ programs }: Breakable, { worker: letter }: FaultOrder): Supervised {
  const found = programs.workers.find(({ name }) => name === `worker ${letter}`);
  if (!found) throw new NoSuchTarget(`Expected a worker that runs, got worker ${letter}`);
  return found;
}

/** There is no worker or account of this name, or not any more. */
export class NoSuchTarget extends Error {
  override name = 'NoSuchTarget';
}

function embedded(server: Supervised | undefined): Supervised {
  if (!server) throw new Error('Expected a server that was started here');
  return server;
}

async function keepDown(program: Supervised, how: 'kill' | 'stop'): Promise<Inflicted> {
  await program.down(how);
  return { heal: () => program.up() };
}

function frozen(programs: readonly Supervised[]): Inflicted {
  for (const program of programs) program.freeze();
  return {
    heal: async () => {
      for (const program of programs) program.thaw();
    },
  };
}

async function atOnce(act: () => Promise<unknown>): Promise<Inflicted> {
  await act();
  return { heal: async () => {} };
}

const PATIENCE = 30_000; // ms; emptying a million timelines takes Redis about a second

async function onRedis(url: string, act: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = openRedis(url, OWN_NAME, PATIENCE);
  try {
    await act(redis);
  } finally {
    redis.disconnect();
  }
}

/** The name of connections that the lab must not cut: its own, and those of an experiment's checker. */
const OWN_NAME = 'lab';

const cutConnections = (url: string): Promise<unknown> =>
  onPostgres(url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND application_name <> $1`,
      [OWN_NAME],
    ),
  );

async function onPostgres<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: await urlOfPrimary(url), application_name: OWN_NAME });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
