import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HOUR } from '#core/durations.ts';
import { transaction } from '#core/postgres.ts';
import { holdTask } from '#core/tasks/finish.ts';
import { type Client, openClient } from '#testing/client.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let ada: Client;
let adaId = 1;
beforeAll(async () => {
  world = await openWorld();
  stage = await openWebStage(world);
});
beforeEach(async () => {
  adaId += 10;
  await addDemoAccount(world.postgres.pool, { id: adaId, handle: `ada${adaId}` });
  ada = await openClient(stage, adaId);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const schedule = async (text: string, at = inHours(1)) => {
  const { json } = await ada.send('POST', '/api/v1/statuses', { status: text, scheduled_at: at });
  return json as { id: string; scheduled_at: string; params: { text: string } };
};
const list = async (query = '') => {
  const answer = await ada.get(`/api/v1/scheduled_statuses${query}`);
  return {
    ...answer,
    texts: (answer.json as { params: { text: string } }[]).map(({ params }) => params.text),
  };
};

it('is a scheduled status until its time, which may be moved, and then cancelled', async () => {
  const at = inHours(1);
  const made = await schedule('Later', at);
  expect(made).toEqual({
    id: expect.stringMatching(/^\d+$/),
    scheduled_at: at,
    params: expect.objectContaining({ text: 'Later', visibility: 'public', poll: null }),
    media_attachments: [],
  });
  const path = `/api/v1/scheduled_statuses/${made.id}`;
  expect((await ada.get(path)).json).toEqual(made);
  const later = inHours(2);
  expect((await ada.send('PUT', path, { scheduled_at: later })).json).toMatchObject({ scheduled_at: later });
  for (const wrong of ['2020-01-01T00:00:00Z', 'soon', ''])
    expect((await ada.send('PUT', path, { scheduled_at: wrong })).status).toBe(422);
  expect((await list()).json).toMatchObject([{ id: made.id, scheduled_at: later }]);
  expect(await ada.send('DELETE', path)).toMatchObject({ status: 200, json: {} });
  expect((await ada.send('DELETE', path)).status).toBe(404);
  expect((await ada.get(path)).status).toBe(404);
  expect((await list()).texts).toEqual([]);
});

/** Takes a task as a worker does, and holds its row as long as the transaction lasts. */
const take = (client: pg.PoolClient, id: string) =>
  client.query(
    `UPDATE task SET state = 'running', token = 7, leased_until = now() + interval '1 minute' WHERE id = $1`,
    [id],
  );

/** Asks to cancel it, and returns once that waits for the row. */
async function askToCancel(id: string) {
  const answer = ada.send('DELETE', `/api/v1/scheduled_statuses/${id}`);
  await eventually(async () => {
    const { rows } = await world.postgres.pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    expect(rows).toHaveLength(1);
  });
  return { answer };
}

it('is cancelled while a worker has it that has not posted it yet', async () => {
  const { id } = await schedule('In time');
  const { answer } = await transaction(world.postgres.pool, async (client) => {
    await take(client, id);
    return askToCancel(id);
  });
  expect(await answer).toMatchObject({ status: 200, json: {} });
  const hold = (client: pg.PoolClient) => holdTask(client, { id: Number(id), token: 7 });
  expect(await transaction(world.postgres.pool, hold)).toBe('cancelled');
});

it('keeps the app that asked for it, also when its text is changed on our page', async () => {
  const { id } = await schedule('Later');
  const init = {
    method: 'PATCH',
    headers: { cookie: await cookieOf(stage, `ada${adaId}`) },
    body: JSON.stringify({ text: 'Later, and better' }),
  };
  expect((await fetch(`${stage.url}/api/tasks/${id}`, init)).status).toBe(200);
  const { rows } = await world.postgres.pool.query('SELECT data FROM task WHERE id = $1', [id]);
  expect(rows[0].data).toEqual({ text: 'Later, and better', app: { name: 'toot', website: null } });
});

it('is listed page by page, the newest first', async () => {
  for (const text of ['a', 'b', 'c']) await schedule(text);
  const first = await list('?limit=2');
  expect(first.texts).toEqual(['c', 'b']);
  expect(await ada.get(first.next ?? '')).toMatchObject({ json: [{ params: { text: 'a' } }], next: null });
  const [, b] = first.json as { id: string }[];
  expect((await list(`?min_id=${Number(b?.id) - 1}&limit=1`)).texts).toEqual(['b']);
  expect((await list(`?since_id=${b?.id}`)).texts).toEqual(['c']);
});
it('is nobody else’s to see or to change', async () => {
  const { id } = await schedule('Mine');
  await addDemoAccount(world.postgres.pool, { id: adaId + 1, handle: `grace${adaId}` });
  const grace = await openClient(stage, adaId + 1);
  for (const method of ['GET', 'PUT', 'DELETE'])
    expect(
      (
        await grace.send(
          method,
          `/api/v1/scheduled_statuses/${id}`,
          method === 'PUT' ? { scheduled_at: inHours(3) } : undefined,
        )
      ).status,
    ).toBe(404);
  for (const wrong of ['0', 'x', '99999999999999999999'])
    expect((await ada.get(`/api/v1/scheduled_statuses/${wrong}`)).status).toBe(404);
  expect((await list()).texts).toEqual(['Mine']);
});
