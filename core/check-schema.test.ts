import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { freePort } from '#dev/ports.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkSchema } from './check-schema.ts';
import { ConfigError } from './config.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What a start says about the tables. */
async function said(pool = world.postgres.pool, signal = new AbortController().signal) {
  const lines: string[] = [];
  await checkSchema(pool, { signal, log: (line) => lines.push(line) });
  return lines;
}

const change = (sql: string) => world.postgres.pool.query(sql);
afterEach(async () => {
  await change(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%'`);
  await change(`UPDATE _prisma_migrations SET migration_name = replace(migration_name, 'gone_', '')`);
  await change('UPDATE _prisma_migrations SET finished_at = started_at');
});

it('lets tables of this version pass without a word', async () => {
  expect(await said()).toEqual([]);
});

it('says nothing of the migrations that the first one of today took the place of', async () => {
  await change(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('1', '', '20261124000000_init', now())`);
  expect(await said()).toEqual([]);
  await change(`DELETE FROM _prisma_migrations WHERE id = '1'`);
});
it('refuses tables that lack a migration, and says what to run', async () => {
  await change(`UPDATE _prisma_migrations SET migration_name = 'gone_' || migration_name`);
  const refused = said();
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    /^DATABASE_URL: .* missing from 20261206000000_init on\. Run `npm run migrate`/,
  );
});
it('takes a database that is empty, or not there, for one that lacks everything', async () => {
  for (const name of ['postgres', 'nobody_made_this']) {
    const { pool, close } = openPostgres({
      url: world.databaseUrl.replace(/[^/]+$/, name),
      max: 1,
      name: 'test',
    });
    await expect(said(pool)).rejects.toThrow(/missing from 20261206000000_init on/);
    await close();
  }
});

it('asks a Postgres that is away again, until nobody wants to know any more', async () => {
  const url = `postgres://127.0.0.1:${await freePort()}/nobody`;
  const { pool, close } = openPostgres({ url, max: 1, name: 'test' });
  expect(await said(pool, AbortSignal.timeout(700))).toEqual([]);
  await close();
});
