import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { ask } from './ports.ts';
import { findPostgresHome } from './postgres-home.ts';
import { type Servers, startServers } from './servers.ts';
import { openTempFolder } from './temp-folder.ts';

let folder: ReturnType<typeof openTempFolder>;
let servers: Servers | undefined;

beforeEach(() => {
  folder = openTempFolder('passwords');
});
afterEach(async () => {
  await servers?.stop();
  folder.remove();
});

async function start(): Promise<Servers> {
  await servers?.stop();
  servers = await startServers({ dataDir: folder.dir, durable: false, log: () => {} });
  return servers;
}

async function select(url: string): Promise<string> {
  const client = new pg.Client({
    connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href,
  });
  await client.connect();
  const { user } = await readRow(client, z.object({ user: z.string() }), {
    text: 'SELECT current_user AS user',
  });
  await client.end();
  return user;
}

const withoutPassword = (url: string) => Object.assign(new URL(url), { password: '' }).href;
const passwordsOf = ({ databaseUrl, queueRedisUrl, timelineRedisUrl }: Servers) =>
  [databaseUrl, queueRedisUrl, timelineRedisUrl].map((url) => new URL(url).password);

test('embedded servers let nobody in who has not their password', async () => {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = await start();
  expect(await select(databaseUrl)).toBe('postgres');
  await expect(select(withoutPassword(databaseUrl))).rejects.toThrow('password');
  for (const url of [queueRedisUrl, timelineRedisUrl])
    expect(await ask(Number(new URL(url).port), 'DBSIZE\r\n')).toMatch(/^-NOAUTH/);
});

test('passwords stand in files that only their owner reads, in no process list and in no log', async () => {
  const passwords = passwordsOf(await start());
  expect(new Set(passwords).size).toBe(3);
  const secret = join(folder.dir, 'passwords');
  expect(statSync(secret).mode & 0o077).toBe(0);
  for (const file of readdirSync(secret)) expect(statSync(join(secret, file)).mode & 0o077).toBe(0);
  const listed = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;
  const logs = ['postgres', 'queue', 'timelines'].map((name) =>
    readFileSync(join(folder.dir, `${name}.log`), 'utf8'),
  );
  for (const text of [listed, ...logs])
    for (const password of passwords) expect(text).not.toContain(password);
});

test('passwords stay the same over a restart', async () => {
  const first = passwordsOf(await start());
  expect(passwordsOf(await start())).toEqual(first);
});

/** Makes data as an older version left it: every user of the machine may come in. */
function openToEverybody() {
  const { data } = findPostgresHome(folder.dir, () => {});
  const rules = join(data, 'pg_hba.conf');
  writeFileSync(rules, readFileSync(rules, 'utf8').replaceAll('scram-sha-256', 'trust'));
}

test('data of the version before gets its password at the next start', async () => {
  const { databaseUrl } = await start();
  await servers?.stop();
  openToEverybody();
  rmSync(join(folder.dir, 'passwords'), { recursive: true });
  const after = await start();
  expect(new URL(after.databaseUrl).password).not.toBe(new URL(databaseUrl).password);
  expect(await select(after.databaseUrl)).toBe('postgres');
  await expect(select(withoutPassword(after.databaseUrl))).rejects.toThrow('password');
});

test('a start that died before it kept the password takes all steps again', async () => {
  await start();
  await servers?.stop();
  rmSync(join(folder.dir, 'passwords', 'postgres'));
  expect(await select((await start()).databaseUrl)).toBe('postgres');
});
