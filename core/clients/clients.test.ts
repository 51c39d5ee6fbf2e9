import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { MINUTE } from '#core/durations.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { AppsFull, findApp, isSecretOf, registerApp } from './apps.ts';
import { findCode, saveCode, useCode } from './codes.ts';
import { disconnect, revokeCode } from './revoke.ts';
import { hashOf, newSecret } from './secrets.ts';
import { findTokens, noteUse, REVOKED_TOKENS, saveToken, tokensLeft } from './tokens.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  await addDemoAccount(world.postgres.pool, { id: 2, handle: 'bob' });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await pool().query('DELETE FROM client_app');
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const findToken = async (from: World['postgres']['pool'], hash: Buffer) =>
  (await findTokens(from, [hash]))[0] ?? null;
const stores = () => ({ pool: pool(), redis: world.timelines });
const APP = { name: 'An app', website: null, redirectUris: ['app://back'], scopes: ['read', 'write'] };

/** A token that is kept, by the hash of its secret. */
async function keep(
  appId: number,
  { accountId = 1 as number | null, codeHash = null as Buffer | null } = {},
) {
  const hash = hashOf(newSecret());
  const at = await saveToken(stores(), { hash, appId, accountId, scopes: ['read'], codeHash });
  return { hash, at };
}

async function keepCode(appId: number) {
  const hash = hashOf(newSecret());
  const expiresAt = new Date(Date.now() + MINUTE);
  const code = { hash, appId, accountId: 1, redirectUri: 'app://back', scopes: ['read'], challenge: null };
  await saveCode(pool(), { ...code, expiresAt });
  return hash;
}

it('keeps of a secret nothing that anybody could use', async () => {
  const { clientId, clientSecret, id } = await registerApp(pool(), APP);
  const app = await findApp(pool(), clientId);
  expect(app).toMatchObject({ id, ...APP });
  if (!app) throw new Error('Expected the app');
  expect([await isSecretOf(pool(), app, clientSecret), await isSecretOf(pool(), app, clientId)]).toEqual([
    true,
    false,
  ]);
  const { hash } = await keep(id);
  for (const table of ['client_app', 'access_token']) {
    const { rows } = await pool().query(`SELECT t::text AS row FROM ${table} t`);
    expect(JSON.stringify(rows)).not.toContain(clientSecret);
  }
  expect((await findToken(pool(), hash))?.account).toEqual({ id: 1, handle: 'ada' });
});

it('keeps so many apps, and lets those go first that act for nobody', async () => {
  const used = await registerApp(pool(), APP);
  await keep(used.id);
  const idle = await registerApp(pool(), APP);
  await keep(idle.id, { accountId: null }); // an app takes such a token for itself
  const newest = await registerApp(pool(), APP, 2);
  const left = await Promise.all([used, idle, newest].map(({ clientId }) => findApp(pool(), clientId)));
  expect(left.map((app) => app !== null)).toEqual([true, false, true]);
});

it('registers no app when all that there may be act for somebody, and says so', async () => {
  const used = [await registerApp(pool(), APP), await registerApp(pool(), APP)];
  for (const { id } of used) await keep(id);
  await expect(registerApp(pool(), APP, 2)).rejects.toThrow(AppsFull);
  const { rows } = await pool().query('SELECT id FROM client_app ORDER BY id');
  expect(rows).toEqual(used.map(({ id }) => ({ id })));
});

it('keeps fifty tokens of an account: the one that is unused for the longest gives way', async () => {
  const { id } = await registerApp(pool(), APP);
  const bobs = await keep(id, { accountId: 2 });
  const hashes: Buffer[] = [];
  for (let tokens = 0; tokens < 50; tokens++) hashes.push((await keep(id)).hash);
  await pool().query(`UPDATE access_token SET used_at = used_at - interval '1 day' WHERE hash = $1`, [
    hashes[7],
  ]);
  const doomed = (await findToken(pool(), hashes[7] ?? bobs.hash))?.id;
  const told = vi.spyOn(REVOKED_TOKENS, 'tell');
  const others = await Promise.all([1, 2, 3, 4].map(() => registerApp(pool(), APP)));
  await Promise.all(others.map((app) => keep(app.id))); // those of one app would wait for each other anyway
  const { rows } = await pool().query(
    'SELECT account_id, count(*)::int FROM access_token GROUP BY 1 ORDER BY 1',
  );
  expect(rows).toEqual([
    { account_id: 1, count: 50 },
    { account_id: 2, count: 1 },
  ]);
  expect(told.mock.calls.flatMap(([, { tokenIds }]) => tokenIds)).toContain(doomed);
});
it('uses a code once, however many try at the same time', async () => {
  const { id } = await registerApp(pool(), APP);
  const hash = await keepCode(id);
  const used = await Promise.all(Array.from({ length: 5 }, () => useCode(pool(), hash)));
  expect(used.filter(Boolean)).toHaveLength(1);
  expect(await findCode(pool(), hash)).toMatchObject({ isUsed: true, redirectUri: 'app://back' });
});

it('keeps a hundred codes of an account', async () => {
  const { id } = await registerApp(pool(), APP);
  await keepCode(id);
  await pool().query(
    `INSERT INTO authorization_code (hash, app_id, account_id, redirect_uri, scopes, expires_at)
     SELECT sha256(n::text::bytea), app_id, account_id, redirect_uri, scopes, expires_at
     FROM authorization_code, generate_series(1, 120) n`,
  );
  const newest = await keepCode(id);
  const { rowCount } = await pool().query('SELECT FROM authorization_code');
  expect([rowCount, await findCode(pool(), newest)]).toEqual([
    100,
    expect.objectContaining({ isUsed: false }),
  ]);
});

it('takes back what a code gave when it is used a second time, and gives nothing for it later', async () => {
  const { id } = await registerApp(pool(), APP);
  const codeHash = await keepCode(id);
  const { hash } = await keep(id, { codeHash });
  const other = await keep(id);
  await revokeCode(stores(), codeHash);
  expect(await findToken(pool(), hash)).toBeNull();
  expect(await findToken(pool(), other.hash)).not.toBeNull();
  expect((await keep(id, { codeHash })).at).toBeNull(); // its process was slow
});

it('ends all that an app may do for an account, also by a code that it has not used, and says so', async () => {
  const [app, other] = [await registerApp(pool(), APP), await registerApp(pool(), APP)];
  const codeHash = await keepCode(app.id);
  const kept = [await keep(app.id), await keep(app.id, { accountId: 2 }), await keep(other.id)];
  const ids = await Promise.all(kept.map(async ({ hash }) => (await findToken(pool(), hash))?.id ?? 0));
  const told = vi.spyOn(REVOKED_TOKENS, 'tell');
  expect(await disconnect(stores(), 1, app.id)).toBe(1);
  expect(told.mock.calls).toEqual([[world.timelines, { tokenIds: ids.slice(0, 1) }]]);
  expect(await tokensLeft(pool(), ids)).toEqual(new Set(ids.slice(1)));
  expect((await keep(app.id, { codeHash })).at).toBeNull();
  expect(await disconnect(stores(), 1, app.id)).toBe(0);
  expect(told).toHaveBeenCalledTimes(1);
});
it('notes the use of a token once an hour', async () => {
  const { id } = await registerApp(pool(), APP);
  const { hash } = await keep(id);
  expect((await findToken(pool(), hash))?.isNoteDue).toBe(false);
  await pool().query(`UPDATE access_token SET used_at = used_at - interval '61 min'`);
  const token = await findToken(pool(), hash);
  expect(token?.isNoteDue).toBe(true);
  await noteUse(pool(), token?.id ?? 0);
  expect((await findToken(pool(), hash))?.isNoteDue).toBe(false);
});
