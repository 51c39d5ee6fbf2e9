import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { startPostgres } from './postgres.ts';
import type { Server } from './server.ts';
import { openTempFolder } from './temp-folder.ts';

const folders = {
  one: openTempFolder('template-one'),
  copy: openTempFolder('template-copy'),
  durable: openTempFolder('template-durable'),
};
const running: Server[] = [];
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop(5_000)));
  for (const folder of Object.values(folders)) folder.remove();
});

async function start({ dir }: { dir: string }, durable: boolean): Promise<Server> {
  const server = await startPostgres({ dataDir: dir, database: 'postgres', durable, log: () => {} });
  running.push(server);
  return server;
}

/** What `initdb` gave to a cluster. A copy has the same. */
async function identifierOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT system_identifier::text AS id FROM pg_control_system()');
  await client.end();
  return rows[0].id;
}

const passwordOf = ({ url }: Server) => new URL(url).password;

it('copies the data of a server that is thrown away, makes all others anew, and gives each a password of its own', async () => {
  const one = await start(folders.one, false);
  const copy = await start(folders.copy, false);
  const durable = await start(folders.durable, true);
  const identifiers = await Promise.all([one, copy, durable].map(({ url }) => identifierOf(url)));
  expect(identifiers[1]).toBe(identifiers[0]);
  expect(identifiers[2]).not.toBe(identifiers[0]);
  expect(new Set([one, copy, durable].map(passwordOf)).size).toBe(3);
  const wrong = copy.url.replace(passwordOf(copy), passwordOf(one));
  await expect(identifierOf(wrong)).rejects.toThrow('password authentication failed');
}, 60_000);
