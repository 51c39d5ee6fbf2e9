import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { askArchive } from '#core/archive/archive.ts';
import { follow, unfollow } from '#core/followers/follow.ts';
import { openPostgres } from '#core/postgres.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { eventually } from '#testing/eventually.ts';
import { addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { takeTurn } from './quotas.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 60));
});
afterEach(() => pool().query('DELETE FROM account_rate; DELETE FROM task'));
afterAll(() => world.close());

const pool = () => world.postgres.pool;

/** So much time passes. */
const age = (seconds: number) =>
  pool().query(
    `UPDATE account_rate SET times = ARRAY(SELECT t - $1 * interval '1 s' FROM unnest(times) AS t ORDER BY t)`,
    [seconds],
  );

function openOther() {
  const other = openPostgres({ url: world.databaseUrl, max: 10, name: 'other' });
  onTestFinished(() => other.close());
  return other.pool;
}

const kept = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === 'fulfilled').length;

describe('a turn', () => {
  const turn = (accountId = 1, most = 3) => takeTurn(pool(), { accountId, thing: 'follows', most });

  it('is had so often within any 60 s, by many at once over two pools of connections', async () => {
    const other = openOther();
    await turn();
    const holder = await pool().connect();
    await holder.query('BEGIN; SELECT FROM account_rate FOR UPDATE'); // until all of them have begun
    const turns = Promise.allSettled(
      range(1, 12).map((n) => takeTurn(n % 2 ? pool() : other, { accountId: 1, thing: 'follows', most: 3 })),
    );
    await eventually(async () => {
      const { rows } = await pool().query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      expect(rows).toHaveLength(12);
    });
    await holder.query('COMMIT');
    holder.release();
    expect(kept(await turns)).toBe(2);
    await turn(2); // and not by others less
  });

  it('comes again when the first of as many is a minute ago, and that is said', async () => {
    await turn();
    await age(40);
    await turn();
    await turn();
    await expect(turn()).rejects.toMatchObject({
      ...{ name: 'OverQuota', bound: { most: 3, used: 3, what: 'follows within 60 s' } },
      waitS: expect.closeTo(20, 0),
    });
    await age(20);
    await turn();
    await expect(turn()).rejects.toMatchObject({ waitS: expect.closeTo(40, 0) });
  });

  it('is given back when nothing came of it', async () => {
    const client = await pool().connect();
    await client.query('BEGIN');
    for (let n = 0; n < 3; n++) await takeTurn(client, { accountId: 1, thing: 'follows', most: 3 });
    await client.query('ROLLBACK');
    client.release();
    for (let n = 0; n < 3; n++) await turn();
    await expect(turn()).rejects.toThrow('Expected at most 3 follows within 60 s of one account');
  });

  it('follows a bound that is changed, and keeps no more times than it needs', async () => {
    for (let n = 0; n < 3; n++) await turn();
    await turn(1, 4);
    await expect(turn(1, 2)).rejects.toThrow('at most 2');
    await age(61);
    await turn(1, 1);
    const { rows } = await pool().query('SELECT cardinality(times) AS kept FROM account_rate');
    expect(rows).toEqual([{ kept: 1 }]);
  });
});

describe('follows', () => {
  const rate = { followsPerMinute: 5 };
  const followOf = (followeeId: number) => ({ followerId: 1, followeeId });

  it('of one account are no more in a minute than there may be, and the others have not happened', async () => {
    const other = openOther();
    const outcomes = await Promise.allSettled(
      range(2, 41).map((followee) => follow(followee % 2 ? pool() : other, followOf(followee), rate)),
    );
    expect(kept(outcomes)).toBe(5);
    const { rows } = await pool().query('SELECT count(*)::int FROM follow WHERE follower_id = 1');
    expect(rows).toEqual([{ count: 5 }]);
    for (const { followee } of await followees()) await unfollow(pool(), followOf(followee));
    // Unfollowing gives no turn back: it would let somebody follow without end.
    await expect(follow(pool(), followOf(2), rate)).rejects.toThrow('at most 5 follows within 60 s');
  });

  it('again of the same person cost nothing', async () => {
    for (let n = 0; n < 10; n++) expect(await follow(pool(), followOf(50), rate)).toBe(n === 0);
    await follow(pool(), followOf(51), rate);
  });

  const followees = async () =>
    (
      await pool().query<{ followee: number }>(
        'SELECT followee_id AS followee FROM follow WHERE follower_id = 1',
      )
    ).rows;
});

describe('archives', () => {
  const ask = (quotas = {}) => askArchive(pool(), 1, { archives: 2, archivesPerDay: 4, ...quotas });
  /** The one that is being packed ends like this. */
  const end = (state: 'succeeded' | 'failed') =>
    pool().query(
      `UPDATE task SET state = $1::text::task_state, finished_at = now(), expires_at = now() + interval '600 s'
       WHERE account_id = 1 AND kind = 'archive' AND finished_at IS NULL`,
      [state],
    );

  it('that are kept are no more than there may be, and it is said when the first one goes', async () => {
    await ask();
    expect(await ask()).toMatchObject({ first: [] }); // the same one, which is being packed
    await end('succeeded');
    await ask();
    await end('failed'); // whose files may be there
    await expect(ask()).rejects.toMatchObject({
      ...{ bound: { what: 'archives kept', most: 2, used: 2 }, waitS: expect.closeTo(600, -1) },
    });
    expect(await readTasks(world.postgres, { accountId: 1, limit: 10 })).toHaveLength(2);
    await pool().query('UPDATE task SET expires_at = now() WHERE id = (SELECT min(id) FROM task)');
    await ask();
  });

  it('that are asked for are no more in a day, also when each is cancelled', async () => {
    for (let n = 0; n < 4; n++) {
      const { id } = await ask();
      await cancelTask(pool(), { id, accountId: 1 });
    }
    await expect(ask()).rejects.toMatchObject({
      bound: { what: 'archives asked for within a day', most: 4 },
      waitS: expect.closeTo(24 * 60 * 60, -2),
    });
    expect(await readTasks(world.postgres, { accountId: 1, limit: 10 })).toHaveLength(4);
    await age(24 * 60 * 60);
    await ask();
  });

  it('asked for by many at once are one, and cost one turn', async () => {
    const other = openOther();
    const asked = await Promise.all(
      range(1, 20).map((n) => askArchive(n % 2 ? pool() : other, 1, { archives: 1, archivesPerDay: 1 })),
    );
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  });
});
