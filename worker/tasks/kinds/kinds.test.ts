import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { costOf } from '#core/admission/admission.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { askArchive } from '#core/archive/archive.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { claimTasks } from '#core/tasks/claim.ts';
import { handOver } from '#core/tasks/due.ts';
import { fileHolder, fileSize } from '#core/tasks/file.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { readSchedules } from '#core/tasks/schedules.ts';
import { UNLIMITED } from '#core/tweets/post-tweet.ts';
import { readTweet } from '#core/tweets/tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { gate, openTaskStage, type TaskStage } from '#testing/task-stage.ts';
import { openEngine } from '#worker/tasks/engine.ts';
import { KINDS } from '#worker/tasks/kinds.ts';
import { taskHandler } from '#worker/tasks/run-task.ts';
import { Room } from '#worker/tasks/slots.ts';
import { Cancelled, LeaseLost } from '#worker/tasks/task-kind.ts';

const AUTHOR = 1;
const FOLLOWERS = range(10, 14);
const FULL = 1_000_000; // deliveries

let stage: TaskStage;
beforeAll(async () => {
  stage = await openTaskStage({ breaks: ['followees are counted right'] });
  const { pool } = stage.world.postgres;
  await addUsers(pool, [AUTHOR, 2, 3, ...FOLLOWERS]);
  await addFollowers(pool, AUTHOR, FOLLOWERS);
  stage.context.limits = { ...UNLIMITED, maxBacklog: FULL };
  stage.work('A', { kinds: KINDS });
});
beforeEach(() => setBacklog(0));
afterAll(() => stage.close());

const pool = () => stage.world.postgres.pool;

/** So many deliveries wait on top of those that are really promised. */
const setBacklog = (deliveries: number) =>
  pool().query(
    `UPDATE backlog SET rate = 1000000, deliveries = $1::int
       + (SELECT coalesce(sum(remaining(f)), 0) FROM fan_out f)`,
    [deliveries],
  );

const tweetsOf = async (text: string) =>
  (await pool().query<{ id: number }>('SELECT id FROM tweet WHERE text = $1', [text])).rows;

describe('a scheduled tweet', () => {
  const schedule = (text: string, dueAt?: Date) =>
    stage.ask({ kind: 'tweet', data: { text }, accountId: AUTHOR, priority: 'high', dueAt });

  it('is posted at its time and handed to the broker at once', async () => {
    const dueAt = new Date(Date.now() + 600);
    const [id = 0] = await schedule('on time', dueAt);
    const { result } = await stage.over(id);
    const [tweet] = await tweetsOf('on time');
    expect(result).toEqual({ tweetId: tweet?.id });
    const read = async () => {
      const { rows } = await pool().query<{ late: number; published: boolean }>(
        `SELECT extract(epoch FROM accepted_at - $2)::float8 AS late, published_at IS NOT NULL AS published
         FROM fan_out WHERE tweet_id = $1`,
        [tweet?.id, dueAt],
      );
      return rows[0];
    };
    // The task is over with its tweet's commit, and the broker has it some ms later.
    await eventually(async () => expect(await read()).toMatchObject({ published: true }));
    expect((await read())?.late).toBeGreaterThanOrEqual(0);
  });

  it('is posted once, however often its task is run', async () => {
    const [id = 0] = await schedule('only once');
    const first = await stage.over(id);
    await pool().query(
      "UPDATE task SET state = 'waiting', result = NULL, finished_at = NULL, leased_until = now() WHERE id = $1",
      [id],
    );
    expect((await stage.over(id)).result).toEqual(first.result);
    expect(await tweetsOf('only once')).toHaveLength(1);
  });

  it('is posted with the app that asked for it', async () => {
    const app = { name: 'toot', website: null };
    const [id = 0] = await stage.ask({ kind: 'tweet', data: { text: 'by an app', app }, accountId: AUTHOR });
    await stage.over(id);
    const [tweet] = await tweetsOf('by an app');
    expect(await readTweet(pool(), tweet?.id ?? 0)).toMatchObject({ app });
  });

  it('waits while the system is full, says why, and goes when there is room', async () => {
    await setBacklog(FULL);
    const [id = 0] = await schedule('after the rush');
    const waiting = await stage.until(id, ({ error }) => error !== null);
    expect(waiting).toMatchObject({ state: 'waiting', failures: 0 });
    expect(waiting.error).toBe('Waits for room: the backlog has reached its limit');
    await setBacklog(0);
    expect(await stage.over(id)).toMatchObject({ state: 'succeeded', failures: 0 });
    expect(await tweetsOf('after the rush')).toHaveLength(1);
  });

  it('looks for room again within ten seconds, however slow deliveries are at that moment', async () => {
    await setBacklog(FULL);
    await pool().query('UPDATE backlog SET rate = 0.01');
    const [id = 0] = await schedule('in a bad moment');
    const { dueAt } = await stage.until(id, ({ error }) => error !== null);
    expect(Date.parse(dueAt) - Date.now()).toBeLessThanOrEqual(10_000);
    await cancelTask(pool(), { id, accountId: AUTHOR });
  });

  describe('in the hands of a worker', () => {
    const own = (id: number) => ({ id, accountId: AUTHOR });

    /** Claims a new one, and returns what the worker then does. `published` is asked to publish it. */
    async function claimed(text: string, published = async () => {}, waitingList = new WaitingList()) {
      const [id = 0] = await askTasks(pool(), [{ kind: 'tweet', data: { text }, accountId: AUTHOR }]);
      const [task] = await claimTasks(pool(), [id], 'B');
      if (!task) throw new Error('Expected to claim the task');
      const context = { ...stage.context, waitingList, broker: { ...stage.broker, publish: published } };
      const { signal } = new AbortController();
      return {
        id,
        run: async () => KINDS.get('tweet')?.run({ ...task, context, signal, progress: () => {} }),
      };
    }

    it('is over in the moment in which it is posted: cancelling it then comes too late', async () => {
      const [posted, looked] = [gate(), gate()];
      const { id, run } = await claimed('too late', () => {
        posted.open();
        return looked.opened;
      });
      const running = run();
      await posted.opened;
      expect(await cancelTask(pool(), own(id))).toBe('over');
      expect(await stage.read(id)).toMatchObject({ state: 'succeeded', cancelRequested: false });
      looked.open();
      await running;
      expect(await tweetsOf('too late')).toHaveLength(1);
    });

    it('has a place in line while there is no room for it, if it is large, until it is posted', async () => {
      const list = new WaitingList();
      const countFollowers = (count: number) =>
        pool().query('UPDATE "user" SET follower_count = $1 WHERE id = $2', [count, AUTHOR]);
      await countFollowers(6_000);
      onTestFinished(async () => void (await countFollowers(FOLLOWERS.length)));
      const { id, run } = await claimed('to many', undefined, list);
      await setBacklog(FULL);
      await expect(run()).rejects.toThrow('Waits for room: the backlog has reached its limit');
      expect(list.places.line).toMatchObject([{ name: `${AUTHOR} task ${id}`, cost: costOf(6_000) }]);
      await setBacklog(0);
      await run();
      expect(list.places.line).toEqual([]);
    });

    it('runs again when Postgres was restored to before it was posted, whatever its worker writes then', async () => {
      /** Leaves what a backup has that was taken after the claim and before the commit. */
      const restore = async () => {
        await pool().query(
          `UPDATE task SET state = 'running', result = NULL, finished_at = NULL WHERE id = $1`,
          [id],
        );
        for (const table of ['idempotency_key', 'fan_out', 'tweet'])
          await pool().query(
            `DELETE FROM ${table} WHERE ${table === 'tweet' ? 'id' : 'tweet_id'} = ANY($1)`,
            [(await tweetsOf('restored')).map((tweet) => tweet.id)],
          );
      };
      const context = { ...stage.context, broker: { ...stage.broker, publish: restore } };
      const engine = openEngine(context, { kinds: KINDS, complain: () => {} });
      const [id = 0] = await askTasks(pool(), [
        { kind: 'tweet', data: { text: 'restored' }, accountId: AUTHOR },
      ]);
      const { signal } = new AbortController();
      await taskHandler(engine, new Room(1, () => {}))({ body: { taskId: id }, redelivered: false, signal });
      expect(await stage.read(id)).toMatchObject({ state: 'running' });
      await pool().query('UPDATE task SET leased_until = clock_timestamp() WHERE id = $1', [id]);
      expect(await stage.over(id)).toMatchObject({ state: 'succeeded' });
      expect(await tweetsOf('restored')).toHaveLength(1);
    });

    it('is not posted once somebody has cancelled it', async () => {
      const { id, run } = await claimed('never mind');
      expect(await cancelTask(pool(), own(id))).toBe('requested');
      await expect(run()).rejects.toThrow(Cancelled);
      expect(await tweetsOf('never mind')).toEqual([]);
    });

    it('is not posted by one that has lost it', async () => {
      const { id, run } = await claimed('not mine');
      await pool().query('UPDATE task SET token = token + 1 WHERE id = $1', [id]);
      await expect(run()).rejects.toThrow(LeaseLost);
      expect(await tweetsOf('not mine')).toEqual([]);
      await cancelTask(pool(), own(id));
    });
  });

  it('of an author who does not exist is given up', async () => {
    const [id = 0] = await stage.ask({ kind: 'tweet', data: { text: 'nobody' }, accountId: 999 });
    expect(await stage.over(id)).toMatchObject({ state: 'failed', attempts: 1 });
  });
});

describe('an archive', () => {
  const askFor = async (accountId: number) => {
    const { id, first } = await askArchive(pool(), accountId, { archives: 100, archivesPerDay: 100 });
    await handOver(pool(), (queue, messages) => stage.broker.publish(queue, messages), first);
    return id;
  };

  it('is in the ledger in pieces, with as many bytes as its result says, and its files are not', async () => {
    const id = await askFor(AUTHOR);
    const { result, members } = await stage.over(id);
    const bytes = await fileSize(pool(), await fileHolder(pool(), id));
    expect(result).toEqual({ rows: expect.any(Number), bytes });
    expect(members.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      ...Array.from({ length: 4 }, () => 'archive-file succeeded'),
      'archive-zip succeeded',
    ]);
    for (const member of members.slice(0, 4)) expect(await fileSize(pool(), member.id)).toBeNull();
  });

  it('is made again when a restore of Postgres took pieces of it', async () => {
    await pool().query(`
      CREATE FUNCTION take_back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM task_file; RETURN NULL; END';
      CREATE TRIGGER restored AFTER INSERT ON task_file EXECUTE FUNCTION take_back()`);
    const drop = 'DROP FUNCTION IF EXISTS take_back CASCADE';
    onTestFinished(async () => void (await pool().query(drop)));
    const [id = 0] = await askTasks(pool(), [
      { kind: 'archive-file', data: { file: 'tweets.json' }, accountId: AUTHOR },
    ]);
    const engine = openEngine(stage.context, { kinds: KINDS, complain: () => {} });
    const { signal } = new AbortController();
    await taskHandler(engine, new Room(1, () => {}))({ body: { taskId: id }, redelivered: false, signal });
    expect(await stage.read(id)).toMatchObject({ state: 'running' });
    await pool().query(drop);
    await pool().query('UPDATE task SET leased_until = clock_timestamp() WHERE id = $1', [id]);
    const { result } = await stage.over(id);
    expect(result).toMatchObject({ bytes: await fileSize(pool(), id) });
  });

  it('that is cancelled in the middle leaves nothing behind', async () => {
    const many = 60_000;
    await pool().query(
      `WITH people AS (
         INSERT INTO "user" (id, handle, name)
         SELECT n, 'many' || n, md5(n::text) || md5(n::text || 'x') FROM generate_series(1000, 999 + $1::int) n RETURNING id
       ) INSERT INTO follow (followee_id, follower_id, since) SELECT 2, id, 0 FROM people`,
      [many],
    );
    await pool().query('UPDATE "user" SET follower_count = $1 WHERE id = 2', [many]);
    await setBacklog(1_000_000); // so it steps aside after every page
    const id = await askFor(2);
    const followers = (await stage.read(id)).members[3];
    const memberId = followers?.id ?? 0;
    const size = () => fileSize(pool(), memberId);
    await eventually(async () => expect(await size()).not.toBeNull());
    expect(await cancelTask(pool(), { id, accountId: 2 })).toBe('cancelled');
    const { state, progress } = await stage.over(memberId);
    expect(state).toBe('cancelled');
    expect(progress).toMatchObject({ unit: 'rows', total: many });
    expect(progress?.done).toBeLessThan(many);
    const { rows } = await pool().query(
      'SELECT FROM task_file f JOIN task t ON t.id = task_id WHERE parent_id = $1',
      [id],
    );
    expect(rows).toEqual([]);
  });

  it('of somebody who does not exist is given up', async () => {
    expect(await stage.over(await askFor(999))).toMatchObject({ state: 'failed' });
  });
});

it('suggestions are computed in a thread and kept for the account', async () => {
  await addFollowers(pool(), AUTHOR, [3]);
  await addFollowers(pool(), 2, FOLLOWERS);
  const [id = 0] = await stage.ask({ kind: 'suggestions', accountId: 3 });
  expect((await stage.over(id)).result).toEqual({ readers: FOLLOWERS.length, suggested: 1 });
  expect((await readSuggestions(stage.world.postgres.prisma, 3, 5))?.accounts).toMatchObject([
    { id: 2, shared: FOLLOWERS.length },
  ]);
});

it('trends are counted, and stale suggestions refreshed, by schedules that every system has', async () => {
  const schedules = await readSchedules(stage.world.postgres.prisma);
  expect(schedules.map(({ name }) => name)).toEqual(['refresh-suggestions', 'trends']);
  await eventually(async () =>
    expect(await readTasks(stage.world.postgres, { kind: 'trends', limit: 1 })).toMatchObject([
      { state: 'succeeded' },
    ]),
  );
  await pool().query("UPDATE suggestion_list SET computed_at = computed_at - interval '25 h'");
  const [id = 0] = await stage.ask({ kind: 'refresh-suggestions' });
  expect((await stage.over(id)).result).toEqual({ asked: 1 });
  await eventually(async () =>
    expect(await readTasks(stage.world.postgres, { kind: 'suggestions', limit: 1 })).toMatchObject([
      { state: 'succeeded', accountId: null, data: { accountId: 3 } },
    ]),
  );
});
