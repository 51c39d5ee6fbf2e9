import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { readOldestSnapshot } from '#core/retention/oldest-snapshot.ts';
import { addFollowers, addUsers, post } from '#testing/people.ts';
import { type RowsRead, rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readBacklog, sampleRate } from './backlog.ts';
import { readPause } from './pause.ts';

let world: World;
let read: RowsRead;
beforeAll(async () => {
  world = await openWorld();
  read = rowsRead(world, 'backlog');
  await addUsers(world.postgres.pool, [1, 2]);
  await addFollowers(world.postgres.pool, 1, [2]);
});
afterAll(async () => {
  await read.close();
  await world.close();
});

const WRITES = 4_000; // about 80 pages of versions, each with an entry in the index of the key

/** As posts and chunks do. */
async function writeManyTimes(): Promise<void> {
  const { pool } = world.postgres;
  await pool.query(`
    CREATE PROCEDURE write_backlog() LANGUAGE plpgsql AS $$
    BEGIN
      FOR n IN 1 .. ${WRITES} LOOP
        UPDATE backlog SET done = done + 1;
        COMMIT;
      END LOOP;
    END $$`);
  const quick = openPostgres({ url: world.databaseUrl, max: 1, name: 'posts', synchronousCommit: 'off' });
  await quick.pool.query('CALL write_backlog()');
  await quick.close();
}

async function nextSample(): Promise<void> {
  await world.postgres.pool.query(`UPDATE backlog SET sampled_at = sampled_at - interval '1 s'`);
  await sampleRate(world.postgres.pool);
}

it('while a dump holds an old snapshot, the backlog is found without passing over all that was written since', async () => {
  const dump = openPostgres({ url: world.databaseUrl, max: 1, name: 'dump' });
  const client = await dump.pool.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM backlog');
  await writeManyTimes();
  const { rows: held } = await client.query<{ seconds: number }>(
    'SELECT extract(epoch FROM clock_timestamp() - transaction_timestamp())::float8 AS seconds',
  );
  expect(await readOldestSnapshot(world.postgres.pool)).toBeGreaterThan(held[0]?.seconds ?? Infinity);
  await nextSample();
  const rows = await read.by(async (pool) => {
    const before = await readBacklog(pool);
    const tweetId = await post(pool, 1);
    await pool.query(`UPDATE fan_out SET state = 'cancelled', finished_at = now() WHERE tweet_id = $1`, [
      tweetId,
    ]);
    expect(await readBacklog(pool)).toEqual(before);
    await readPause(pool);
  });
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(40);
  const { rows: versions } = await client.query<{ pages: number }>(
    `SELECT (pg_relation_size('backlog') / 8192)::int AS pages`,
  );
  expect(versions[0]?.pages).toBeGreaterThan(40); // or nothing was shown
  client.release(true);
  await dump.close();
});
