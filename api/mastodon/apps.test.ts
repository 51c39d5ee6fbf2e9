import { afterAll, beforeAll, expect, it } from 'vitest';
import { MOST_APPS } from '#core/clients/apps.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  stage = await openWebStage(world);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const register = () =>
  fetch(`${stage.url}/api/v1/apps`, {
    method: 'POST',
    body: new URLSearchParams({ client_name: 'App', redirect_uris: 'app://back' }),
  });

it('refuses an app for which there is no place, until one of the others acts for nobody', async () => {
  const { pool } = world.postgres;
  await pool.query(
    `WITH app AS (
       INSERT INTO client_app (client_id, secret_hash, name, redirect_uris, scopes)
       SELECT n::text, '', 'Used', '{}', '{}' FROM generate_series(1, $1::int) n RETURNING id
     )
     INSERT INTO access_token (hash, app_id, account_id, scopes) SELECT sha256(id::text::bytea), id, 1, '{}' FROM app`,
    [MOST_APPS],
  );
  const refused = await register();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3600']);
  expect(await refused.json()).toEqual({ error: expect.stringContaining('as many apps as there may be') });
  await pool.query('DELETE FROM access_token WHERE id = (SELECT min(id) FROM access_token)');
  expect((await register()).status).toBe(200);
});
