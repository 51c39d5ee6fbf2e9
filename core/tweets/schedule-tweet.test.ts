import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { expireTasks } from '#core/tasks/expire.ts';
import { readTask, readTasks } from '#core/tasks/read-tasks.ts';
import { addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { postTweet } from './post-tweet.ts';
import { scheduleTimeProblem } from './schedule-time.ts';
import { scheduleTweet } from './schedule-tweet.ts';

const AUTHOR = 1;
const HOUR = 60 * 60 * 1_000; // ms

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [AUTHOR, 2, 3, 4, 5]);
});
afterAll(() => world.close());

const draft = (change: Partial<Parameters<typeof scheduleTweet>[1]> = {}) => ({
  authorId: AUTHOR,
  text: 'Later',
  idempotencyKey: crypto.randomUUID(),
  scheduledFor: new Date(Date.now() + HOUR),
  ...change,
});

const MOST = { scheduledTweets: 1_000 };
const schedule = (what: ReturnType<typeof draft>, quotas = MOST) =>
  scheduleTweet(world.postgres, what, quotas);

it('keeps the tweet as a task that is due at its time, to the millisecond, and posts nothing', async () => {
  const wanted = draft();
  const scheduled = await schedule(wanted);
  if (scheduled.outcome !== 'scheduled') throw new Error(`Expected a task, got: ${scheduled.outcome}`);
  expect(await readTask(world.postgres, scheduled.task.id)).toMatchObject({
    ...{ kind: 'tweet', state: 'waiting', accountId: AUTHOR, data: { text: 'Later' } },
    dueAt: wanted.scheduledFor.toISOString(),
  });
  expect((await world.postgres.pool.query('SELECT FROM tweet')).rowCount).toBe(0);
});

it('gives the same key and body the same task, also ten times at once and after its time', async () => {
  const wanted = draft();
  const answers = await Promise.all(Array.from({ length: 10 }, () => schedule(wanted)));
  const again = await schedule(wanted);
  const ids = [...answers, again].flatMap((each) => (each.outcome === 'scheduled' ? each.task.id : []));
  expect(new Set(ids).size).toBe(1);
  expect(again).toMatchObject({ replayed: true });
});

it('whoever dies after the commit and before the answer gets the same task by the same key', async () => {
  const gone = openPostgres({ url: world.databaseUrl, max: 1, name: 'gone' });
  await gone.close();
  const wanted = draft();
  const { pool } = world.postgres;
  const dying = { pool, prisma: gone.prisma };
  await expect(scheduleTweet(dying, wanted, MOST)).rejects.toThrow();
  const written = await pool.query('SELECT task_id AS id FROM idempotency_key WHERE key = $1', [
    wanted.idempotencyKey,
  ]);
  expect(await schedule(wanted)).toMatchObject({ replayed: true, task: { id: written.rows[0].id } });
});

it('refuses a key that was used for another text, another time, or a tweet of now', async () => {
  const wanted = draft();
  await schedule(wanted);
  expect(await schedule({ ...wanted, text: 'Else' })).toEqual({ outcome: 'mismatch' });
  expect(await schedule({ ...wanted, scheduledFor: new Date(Date.now() + 2 * HOUR) })).toEqual({
    outcome: 'mismatch',
  });
  expect(await postTweet(world.postgres.pool, wanted)).toEqual({ outcome: 'mismatch' });
  const now = draft();
  await postTweet(world.postgres.pool, now);
  expect(await schedule(now)).toEqual({ outcome: 'mismatch' });
});

it('refuses a time that is over or too far, and says by how much', async () => {
  const past = await schedule(draft({ scheduledFor: new Date(Date.now() - 90_000) }));
  expect(past).toEqual({
    outcome: 'no such time',
    message: 'Expected a time ahead, got one that was 1 min ago',
  });
  expect(scheduleTimeProblem(new Date(Date.now() + 400 * 24 * HOUR))).toMatch(
    /within a year, got one in (399|400) d/,
  );
  expect(scheduleTimeProblem(new Date(Number.NaN))).toBe('Expected a date and a time');
});

describe('the quota of an account', () => {
  const three = { scheduledTweets: 3 };
  const quotaOf = (accountId: number) => ({
    another: () => schedule(draft({ authorId: accountId }), three),
    cancelAll: async () => {
      const tasks = await readTasks(world.postgres, { accountId, state: 'waiting', limit: 100 });
      for (const { id } of tasks) await cancelTask(world.postgres.pool, { id, accountId });
    },
  });

  it('is never exceeded, by many at once over two pools of connections', async () => {
    const other = openPostgres({ url: world.databaseUrl, max: 10, name: 'other' });
    onTestFinished(() => other.close());
    const outcomes = await Promise.allSettled(
      range(1, 20).map((n) => scheduleTweet(n % 2 ? world.postgres : other, draft({ authorId: 2 }), three)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          ...{ name: 'OverQuota', bound: { what: 'scheduled tweets', most: 3, used: 3 }, waitS: null },
        });
    expect(await readTasks(world.postgres, { accountId: 2, limit: 100 })).toHaveLength(3);
  });
  it('has room again for those that are posted, and counts a failed one, which can be retried', async () => {
    const { another } = quotaOf(4);
    for (let n = 0; n < 3; n++) await another();
    const end = (state: string) =>
      world.postgres.pool.query(
        `UPDATE task SET state = $1::text::task_state, finished_at = now(), expires_at = now() + interval '1 day'
         WHERE id = (SELECT min(id) FROM task WHERE account_id = 4 AND finished_at IS NULL)`,
        [state],
      );
    await end('failed');
    await expect(another()).rejects.toThrow('at most 3 scheduled tweets');
    await end('succeeded');
    await another();
    await expect(another()).rejects.toThrow('at most 3 scheduled tweets');
    await world.postgres.pool.query('DELETE FROM task WHERE account_id = 4');
  });

  it('keeps no more cancelled ones, and says when the first of them goes', async () => {
    const { another, cancelAll } = quotaOf(5);
    for (let n = 0; n < 3; n++) await another();
    await cancelAll();
    const day = 24 * 60 * 60;
    await expect(another()).rejects.toMatchObject({
      bound: { what: 'cancelled tweets', most: 3, used: 3 },
      waitS: expect.closeTo(day, -2), // each is kept for a day, and not for a week
    });
    await world.postgres.pool.query(
      `UPDATE task SET expires_at = now() WHERE id = (SELECT min(id) FROM task WHERE account_id = 5)`,
    );
    await another();
    expect(await readTasks(world.postgres, { accountId: 5, limit: 100 })).toHaveLength(4);
    await cancelAll();
    await expireTasks(world.postgres.pool);
    expect(await readTasks(world.postgres, { accountId: 5, limit: 100 })).toHaveLength(3);
  });
});
