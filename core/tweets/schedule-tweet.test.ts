import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { forgetKeys } from './forget-keys.ts';
import { postTweet } from './post-tweet.ts';
import { scheduleTimeProblem } from './schedule-time.ts';
import { MOST_SCHEDULED, scheduleTweet } from './schedule-tweet.ts';

const AUTHOR = 1;
const HOUR = 60 * 60 * 1_000; // ms

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [AUTHOR, 2]);
});
afterAll(() => world.close());

const draft = (change: Partial<Parameters<typeof scheduleTweet>[1]> = {}) => ({
  authorId: AUTHOR,
  text: 'Later',
  idempotencyKey: crypto.randomUUID(),
  scheduledFor: new Date(Date.now() + HOUR),
  ...change,
});

const schedule = (what: ReturnType<typeof draft>) => scheduleTweet(world.postgres, what);

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
  await expect(scheduleTweet(dying, wanted)).rejects.toThrow();
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

it('remembers what a task has posted for longer than a client’s key', async () => {
  const { pool } = world.postgres;
  const keys = ['client-key', 'task 4711'];
  for (const idempotencyKey of keys)
    await postTweet(pool, { authorId: AUTHOR, text: 'Kept', idempotencyKey });
  const left = async () =>
    (
      await pool.query<{ key: string }>('SELECT key FROM idempotency_key WHERE key = ANY($1) ORDER BY key', [
        keys,
      ])
    ).rows.map(({ key }) => key);
  const age = (days: number) =>
    pool.query("UPDATE idempotency_key SET created_at = created_at - $1 * interval '1 day'", [days]);
  await age(3);
  await forgetKeys(pool);
  expect(await left()).toEqual(['task 4711']);
  await age(30);
  await forgetKeys(pool);
  expect(await left()).toEqual([]);
});

it('lets so many tweets of one account wait, and those of others', async () => {
  await world.postgres.pool.query(
    `INSERT INTO task (kind, data, account_id, due_at, leased_until)
     SELECT 'tweet', '{"text": "x"}', 2, 'infinity', 'infinity' FROM generate_series(1, $1)`,
    [MOST_SCHEDULED],
  );
  expect(await schedule(draft({ authorId: 2 }))).toEqual({ outcome: 'too many' });
  expect(await schedule(draft())).toMatchObject({ outcome: 'scheduled' });
});
