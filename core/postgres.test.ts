import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { openWorld, type World } from '#testing/world.ts';
import { openPostgres, type Postgres, transaction } from './postgres.ts';
import { toNumber } from './prisma.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('outlives a connection that ends between two queries of a transaction', async () => {
  const { pool } = world.postgres;
  const failure = await transaction(pool, async (client) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const ended = new Promise<void>((resolve) => client.once('end', resolve)); // once() would also reject on its error
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await ended;
    await client.query('SELECT 1');
  }).catch((error: unknown) => error);
  expect(isPostgresAway(failure)).toBe(true);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

describe('a connection with a deadline', () => {
  const ANSWER = 300; // ms

  it('is told by the server that a query takes too long, as one that waits for a lock does', async () => {
    const { pool } = open({ answerMs: ANSWER, max: 2 });
    const failure = await transaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1)');
      return pool.query('SELECT pg_advisory_xact_lock(1)').catch((error: unknown) => error);
    });
    expect(failure).toMatchObject({ code: '57014' });
    expect(isPostgresAway(failure)).toBe(true);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('gives up by itself on a link that carries nothing, in the middle of a transaction too', async () => {
    const link = await Link.open(Number(new URL(world.databaseUrl).port));
    const url = Object.assign(new URL(world.databaseUrl), { port: String(link.port) }).href;
    const { pool } = open({ url, answerMs: ANSWER, max: 2 }, () => link.close());
    await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')]); // both connections are there before it stalls
    const failures = await Promise.all([
      transaction(pool, async (client) => {
        link.stall();
        await client.query('SELECT 1');
      }).catch((error: unknown) => error),
      pool.query('SELECT pg_sleep(1)').catch((error: unknown) => error),
    ]);
    expect(failures.map(isPostgresAway)).toEqual([true, true]);
    link.heal();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a pool with a short line', () => {
  it('lets so many wait, tells the next one that it is busy, and goes on', async () => {
    const { pool } = open({ max: 1, line: 2 });
    const held = await pool.connect();
    const waiting = [pool.query('SELECT 1 AS one'), pool.connect()] as const;
    const refused = await Promise.all([
      pool.query('SELECT 1').catch((error: unknown) => error),
      pool.connect().catch((error: unknown) => error),
    ]);
    for (const error of refused) {
      expect(isPoolBusy(error)).toBe(true);
      expect(isPostgresAway(error)).toBe(false);
    }
    expect(String(refused[0])).toContain(
      'All 1 connections to Postgres are taken and 2 requests wait for one',
    );
    held.release();
    expect((await waiting[0]).rows).toEqual([{ one: 1 }]);
    (await waiting[1]).release();
  });

  it('says busy as well to whoever waited for too long', async () => {
    const { pool } = open({ max: 1, line: 2 });
    const held = await pool.connect();
    const failure = await pool.query('SELECT 1').catch((error: unknown) => error);
    expect(isPoolBusy(failure)).toBe(true);
    held.release();
  });
});

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a query of Prisma', () => {
  const ANSWER = 300; // ms

  it('finds Postgres away when nobody listens, when the name is unknown, and when it takes no more connections', async () => {
    const link = await openLink();
    const gone = open({ url: link.url });
    await link.close();
    const unknown = open({ url: link.url.replace('127.0.0.1', 'nowhere.invalid') });
    await world.postgres.pool.query("CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 0");
    onTestFinished(async () => void (await world.postgres.pool.query('DROP ROLE crowded')));
    const crowded = Object.assign(new URL(world.databaseUrl), { username: 'crowded', password: 'x' }).href;
    for (const { prisma } of [gone, unknown, open({ url: crowded })]) {
      for (const failure of await Promise.all([
        failureOf(prisma.user.findMany()),
        failureOf(prisma.user.deleteMany({ where: { id: 1 } })),
      ]))
        expect(isPostgresAway(failure), String(failure)).toBe(true);
    }
  });

  it('finds it away when it ends the connection, when the link is cut, and when either keeps silent', async () => {
    const link = await openLink();
    const { prisma } = open({ url: link.url, answerMs: ANSWER, name: 'waits' });
    await withLockedUsers(async (pool) => {
      expect(await failureOf(prisma.user.findMany())).toMatchObject({ code: 'P2039' }); // its statement timeout
      expect(isPostgresAway(await failureOf(prisma.user.findMany()))).toBe(true);
      const ended = failureOf(prisma.user.findMany());
      await waiting(pool);
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waits'`,
      );
      expect(isPostgresAway(await ended), String(await ended)).toBe(true);
      const cut = failureOf(prisma.user.findMany());
      await waiting(pool);
      link.cut();
      expect(isPostgresAway(await cut), String(await cut)).toBe(true);
    });
    link.heal();
    expect(await prisma.user.findMany()).toEqual([]);
    link.stall();
    expect(isPostgresAway(await failureOf(prisma.user.findMany()))).toBe(true);
    await link.close();
  });
});

it('an id is a number up to 2^53, and beyond that an error and not another id', () => {
  expect([toNumber(2n ** 53n - 1n), toNumber(null)]).toEqual([2 ** 53 - 1, null]);
  expect(() => toNumber(2n ** 53n)).toThrow('Expected a number below 2^53, got 9007199254740992');
});

async function openLink() {
  const link = await Link.open(Number(new URL(world.databaseUrl).port));
  const url = Object.assign(new URL(world.databaseUrl), { port: String(link.port) }).href;
  return Object.assign(link, { url });
}

async function withLockedUsers(work: (pool: Postgres['pool']) => Promise<void>): Promise<void> {
  const { pool } = world.postgres;
  await transaction(pool, async (client) => {
    await client.query('LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
    await work(pool);
  });
}

/** Until the query that was just sent waits for the lock. */
async function waiting(pool: Postgres['pool']): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'waits' AND wait_event_type = 'Lock'",
    );
    expect(rowCount).toBe(1);
  });
}

function open(options: Partial<Parameters<typeof openPostgres>[0]>, after = async () => {}): Postgres {
  const postgres = openPostgres({ url: world.databaseUrl, max: 1, name: 'test', ...options });
  onTestFinished(async () => {
    await postgres.close();
    await after();
  });
  return postgres;
}
