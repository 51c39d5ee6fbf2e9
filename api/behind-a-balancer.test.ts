import { setTimeout as wait } from 'node:timers/promises';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { costOf } from '#core/admission/admission.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { request, type Session, signIn } from '#lab/clients/session.ts';
import { type Balancer, missingBalancer, startBalancer } from '#testing/balancer.ts';
import { connectApp } from '#testing/connected-app.ts';
import { eventually } from '#testing/eventually.ts';
import { ListeningClient, overEvents, overWebSocket } from '#testing/listening-client.ts';
import { addDemoAccount, addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';

/*
 * Two web and two worker processes on addresses of their own, as on several hosts: they share the stores and nothing else.
 * HAProxy stands in front of them with the configuration that deployments use.
 */

const missing = missingBalancer();
if (missing) console.warn(missing);
if (missing && process.env.CI) throw new Error(missing);
const withBalancer = describe.skipIf(missing !== null);

const [ADA, BOB, LARGE] = [1, 2, 3];
const CHUNK = 2_000;
const LARGE_AUDIENCE = 6_000; // more than a tweet may have that needs no place in the line
/** These tests start processes again and again: about 25 s of processor time. */
const PATIENT = { timeout: 120_000 };
const RATE = 4_000; // deliveries a second, as the ledger believes, so that places are seconds apart

const folder = openTempFolder('balancer');
let world: World;
let webs: Process[];
let workers: Process[];
let balancer: Balancer;
let ada: Session;
let bob: Session;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: ADA, handle: 'ada' });
  await addDemoAccount(pool, { id: BOB, handle: 'bob' });
  await addDemoAccount(pool, { id: LARGE, handle: 'large' });
  const others = range(100, 160);
  await addUsers(pool, others);
  await addFollowers(pool, ADA, [BOB, ...others]);
  await addAudience();
  webs = await Promise.all(['127.0.0.2', '127.0.0.3'].map(prepareWeb));
  workers = ['A', 'B'].map((name) => prepare(['worker/main.ts'], { WORKER_NAME: name }));
  await Promise.all(webs.map((web) => web.start()));
  balancer = await startBalancer(
    webs.map(({ address }) => address),
    folder.dir,
  );
  [ada, bob] = [await signIn(balancer.url, { handle: 'ada' }), await signIn(balancer.url, { handle: 'bob' })];
}, PATIENT.timeout);
afterAll(async () => {
  await balancer?.stop();
  await Promise.all([...webs, ...workers].map((each) => each.stop()));
  await world.close();
  folder.remove();
}, PATIENT.timeout);

async function addAudience(): Promise<void> {
  const { pool } = world.postgres;
  const ids = range(10_001, 10_000 + LARGE_AUDIENCE);
  await addUsers(pool, ids);
  await pool.query(
    `INSERT INTO follow (follower_id, followee_id, since, backfilled_at)
     SELECT id, $1, 0, now() FROM unnest($2::int[]) id`,
    [LARGE, ids],
  );
  await pool.query(`UPDATE "user" SET follower_count = $2 WHERE id = $1`, [LARGE, LARGE_AUDIENCE]);
  await pool.query(`UPDATE "user" SET following_count = 1 WHERE id = ANY($1)`, [ids]);
}

/** A process that is started, ended as a deployment ends it, and started again in its place. */
type Process = { address: string; url: string; start(): Promise<void>; stop(): Promise<void> };

function prepare(
  [program, ...args]: [string, ...string[]],
  env: Record<string, string>,
  address = '',
): Process {
  let running: Running | undefined;
  const url = `http://${address}`;
  return {
    ...{ address, url },
    start: async () => {
      running = startProgram({
        ...{ name: program, command: process.execPath, cwd: ROOT, output: () => {} },
        args: [...nodeArgs(program), ...args],
        env: { ...process.env, ...environment(), ...env },
      });
      if (address) await eventually(() => fetch(`${url}/readyz`));
    },
    stop: async () => void (await running?.stop(10_000)),
  };
}

async function prepareWeb(host: string): Promise<Process> {
  const port = await getPort({ host });
  return prepare(['testing/web-process.ts', String(port), host], {}, `${host}:${port}`);
}

const environment = () => ({
  ...{ DATABASE_URL: world.databaseUrl, TIMELINE_REDIS_URL: world.timelineRedisUrl },
  ...{ QUEUE_REDIS_URL: world.queueRedisUrl, SESSION_SECRET: 'a secret of the tests', BROKER: 'bullmq' },
  ...{ OPERATORS: 'ada', TRUST_PROXY: '1', POSTS_PER_MINUTE: '1000000', CHUNK_SIZE: String(CHUNK) },
  ...{ NODE_ENV: 'test' as const, MAX_BACKLOG: String(3 * costOf(LARGE_AUDIENCE)) },
});

/** The same person, who asks one process past the balancer. */
const at = (session: Session, web: Process | undefined): Session => ({ ...session, url: web?.url ?? '' });
const eachWeb = (session: Session): Session[] => webs.map((web) => at(session, web));

const posted = z.object({ tweet: z.object({ id: z.int() }) });
const refused = z.object({ retryAfter: z.int() });
const page = z.object({ tweets: z.array(z.object({ id: z.int() })) });
const pause = z.object({ pause: z.object({ paused: z.boolean() }) });

const tryPost = (session: Session, key: string = crypto.randomUUID()) =>
  request(session, {
    ...{ method: 'POST', path: '/api/tweets', body: { text: `Hello ${key}` } },
    headers: { 'idempotency-key': key },
  });

async function post(session: Session): Promise<number> {
  return posted.parse((await tryPost(session))?.body).tweet.id;
}

async function homeOf(session: Session): Promise<number[]> {
  const answer = await request(session, { method: 'GET', path: '/api/timelines/home' });
  return page.parse(answer?.body).tweets.map(({ id }) => id);
}

async function untilDelivered(ids: number[]): Promise<void> {
  await eventually(async () => {
    const deliveries = await readDeliveries(world.postgres.pool, ids);
    expect(deliveries.filter(isFinished)).toHaveLength(ids.length);
    for (const { state, expected, delivered, cold, gone } of deliveries)
      expect({ state, expected }).toEqual({ state: 'delivered', expected: delivered + cold + gone });
  });
}

withBalancer('with two web processes on two addresses', () => {
  it('a session, and the answer to a key, are those of all processes', async () => {
    const key = crypto.randomUUID();
    const ids = [];
    for (const session of [ada, ...eachWeb(ada)]) {
      const answer = await tryPost(session, key);
      expect(answer?.status).toBe(202);
      ids.push(posted.parse(answer?.body).tweet.id);
    }
    expect(new Set(ids).size).toBe(1);
  });

  it('the calls of an app are counted together, and each answer says how many are left', async () => {
    const { authorization } = await connectApp(world, { accountId: BOB });
    const left: number[] = [];
    for (const { url } of [...eachWeb(bob), ...eachWeb(bob)]) {
      const answer = await fetch(`${url}/api/v1/timelines/home`, { headers: { authorization } });
      left.push(Number(answer.headers.get('x-ratelimit-remaining')));
    }
    expect(left).toEqual([599, 598, 597, 596]);
  });

  it('clients have addresses of their own, and the figures of a process are not shown to them', async () => {
    expect((await fetch(`${balancer.url}/metrics`)).status).toBe(404);
    const direct = await fetch(`${webs[0]?.url}/metrics`);
    expect(direct.status).toBe(401);
  });
});

withBalancer('with two workers beside them', () => {
  beforeAll(() => Promise.all(workers.map((worker) => worker.start())));
  afterAll(() => Promise.all(workers.map((worker) => worker.stop())));

  it('a pause, and what was deleted, hold at every process', PATIENT, async () => {
    const [first, second] = [at(ada, webs[0]), at(ada, webs[1])];
    const setPaused = async (session: Session, paused: boolean) =>
      expect((await request(session, { method: 'PUT', path: '/api/pause', body: { paused } }))?.status).toBe(
        200,
      );
    const isPaused = async (session: Session) =>
      pause.parse((await request(session, { method: 'GET', path: '/api/queue' }))?.body).pause.paused;
    await setPaused(first, true);
    expect(await isPaused(second)).toBe(true);
    const id = await post(second);
    await setPaused(second, false);
    expect(await isPaused(first)).toBe(false);
    await untilDelivered([id]);
    for (const session of eachWeb(bob)) expect(await homeOf(session)).toContain(id);
    const removed = await request(first, { method: 'DELETE', path: `/api/tweets/${id}` });
    expect(removed?.status).toBe(204);
    for (const session of eachWeb(bob)) expect(await homeOf(session)).not.toContain(id);
  });

  it('a rolling restart under load loses no request, no tweet and no stream', PATIENT, async () => {
    const { token } = await connectApp(world, { accountId: BOB });
    const clients = [
      new ListeningClient(overEvents(`${balancer.url}/api/stream?topics=home:bob`, bob.cookie)),
      new ListeningClient(
        overWebSocket(`${balancer.url}/api/v1/streaming?stream=user&access_token=${token}`),
      ),
    ];
    await eventually(() => expect(clients.every(({ isOpen }) => isOpen)).toBe(true));
    const load = new Load();
    const restarts: number[] = [];
    for (const [n, web] of webs.entries()) {
      const began = performance.now();
      const worker = n === 0 ? workers[n] : undefined; // one is enough
      await Promise.all([restart(web), worker && restart(worker)]);
      restarts.push(performance.now() - began);
    }
    const { statuses, ids } = await load.end();
    expect(statuses).toEqual({ 'post 202': expect.any(Number), 'read 200': expect.any(Number) });
    expect(ids.length).toBeGreaterThan(20);
    await untilDelivered(ids);
    for (const { heard, gaps, failures } of clients) {
      await eventually(() => expect(ids.filter((id) => !heard.has(id))).toEqual([]));
      expect(failures).toBe(0);
      expect(gaps.length).toBeGreaterThan(0);
      // The other process took it, long before the one that it was with is back.
      expect(Math.max(...gaps)).toBeLessThan(Math.min(...restarts));
    }
    // The balancer knew that they leave, before they refused anything.
    for (const name of ['web1', 'web2'])
      expect(balancer.said()).toMatch(new RegExp(`${name} is DOWN, reason: Layer7 wrong status, code: 503`));
    await Promise.all(clients.map((client) => client.close()));
  });
});

withBalancer('when nothing is delivered any more', () => {
  it('refused tweets stand in one line, whichever process refuses them', async () => {
    const large = await signIn(balancer.url, { handle: 'large' });
    const [first, second] = eachWeb(large);
    await world.postgres.pool.query('UPDATE backlog SET rate = $1, rate_deviation = 0', [RATE]);
    const heard = await listenToPlaces();
    await post(large);
    await post(large); // nothing delivers it: it stays, and there is no room for a third one
    const key = crypto.randomUUID();
    const told: number[] = [];
    for (const each of [key, crypto.randomUUID(), crypto.randomUUID()])
      told.push(refused.parse((await tryPost(first ?? large, each))?.body).retryAfter);
    await eventually(() => expect(heard.length).toBe(told.length));
    await fetch(`${second?.url}/healthz`); // it has read what was said before it reads this
    const newcomer = refused.parse((await tryPost(second ?? large))?.body).retryAfter;
    expect(newcomer).toBeGreaterThan(Math.max(...told));
    const again = refused.parse((await tryPost(second ?? large, key))?.body).retryAfter;
    expect(again).toBeLessThanOrEqual(told[0] ?? 0);
  });

  async function listenToPlaces(): Promise<string[]> {
    const heard: string[] = [];
    const listener = world.timelines.duplicate();
    listener.on('message', (_channel, message) => message.includes('taken') && heard.push(message));
    await listener.subscribe(`waiting-list:${world.timelines.options.db}`);
    onTestFinished(() => listener.disconnect());
    return heard;
  }
});

async function restart(process: Process): Promise<void> {
  await process.stop();
  await process.start();
}

const PACE = 40; // ms between two requests of each kind

/** Posts and reads through the balancer until its end. */
class Load {
  readonly #statuses: Record<string, number> = {};
  readonly #ids: number[] = [];
  #isOver = false;
  readonly #loops = [this.#repeat(() => this.#post()), this.#repeat(() => this.#read())];

  async end(): Promise<{ statuses: Record<string, number>; ids: number[] }> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    return { statuses: this.#statuses, ids: this.#ids };
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await once();
      await wait(PACE);
    }
  }

  async #post(): Promise<void> {
    const answer = await tryPost(ada);
    this.#count(`post ${answer?.status}`);
    if (answer?.status === 202) this.#ids.push(posted.parse(answer.body).tweet.id);
  }

  async #read(): Promise<void> {
    const answer = await request(bob, { method: 'GET', path: '/api/timelines/home' });
    this.#count(`read ${answer?.status}`);
  }

  #count(what: string): void {
    this.#statuses[what] = (this.#statuses[what] ?? 0) + 1;
  }
}
