import { beforeAll, expect, it } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { startPostgres } from '#dev/postgres.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { migrate } from '#prisma/migrate.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld } from '#testing/world.ts';

/** Whatever asks Postgres, by SQL or by Prisma: with the body that it takes. */
const CALLS: [method: string, path: string, body?: object][] = [
  ['GET', '/api/accounts'],
  ['GET', '/api/accounts/histogram'],
  ['GET', '/api/session'],
  ['POST', '/api/session', { handle: 'bob' }],
  ['GET', '/api/users/ada'],
  ['GET', '/api/users/ada/tweets'],
  ['PUT', '/api/users/bob/follow'],
  ['DELETE', '/api/users/bob/follow'],
  ['POST', '/api/tweets', { text: 'Now' }],
  ['POST', '/api/tweets', { text: 'Later', scheduledFor: new Date(Date.now() + 3_600_000).toISOString() }],
  ['DELETE', '/api/tweets/1'],
  ['GET', '/api/tweets/1/delivery'],
  ['POST', '/api/tweets/1/audit'],
  ['POST', '/api/tweets/1/retry'],
  ['GET', '/api/trends'],
  ['GET', '/api/suggestions'],
  ['GET', '/api/tasks'],
  ['POST', '/api/tasks', { kind: 'archive' }],
  ['GET', '/api/tasks/1'],
  ['PATCH', '/api/tasks/1', { text: 'Later still' }],
  ['DELETE', '/api/tasks/1'],
  ['POST', '/api/tasks/1/retry'],
  ['GET', '/api/tasks/1/file'],
  ['GET', '/api/schedules'],
  ['POST', '/api/schedules', { name: 'mine', kind: 'trends', everyMs: 60_000 }],
  ['PATCH', '/api/schedules/mine', { enabled: false }],
  ['DELETE', '/api/schedules/mine'],
  ['GET', '/api/queue'],
  ['PUT', '/api/pause', { paused: false }],
  ['POST', '/api/dead-letters/retry', { queue: 'task' }],
  ['POST', '/api/dead-letters/discard', { queue: 'task' }],
];

let stage: WebStage;
let cookie: string;
let stopPostgres: () => Promise<unknown>;
let startAgain: () => Promise<unknown>;

beforeAll(async () => {
  const folder = openTempFolder('postgres-away');
  const options = { dataDir: folder.dir, database: 'away', durable: false, log: () => {} };
  const first = await startPostgres(options);
  let running = first;
  stopPostgres = () => running.stop(5_000);
  startAgain = async () => {
    running = await startPostgres({ ...options, port: first.port });
  };
  const world = await openWorld();
  await migrate(first.url);
  const { pool, close } = openPostgres({ url: first.url, max: 1, name: 'accounts' });
  for (const [id, handle] of ['ada', 'bob'].entries()) await addDemoAccount(pool, { id: id + 1, handle });
  await close();
  stage = await openWebStage({ ...world, databaseUrl: first.url }, { OPERATORS: 'ada' });
  const signedIn = await ask('POST', '/api/session', { handle: 'ada' });
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  return async () => {
    await stage.stop();
    await world.close();
    await running.stop(5_000);
    folder.remove();
  };
});

function ask(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${stage.url}${path}`, {
    method,
    headers: { ...(cookie && { cookie }), 'idempotency-key': crypto.randomUUID() },
    ...(body && { body: JSON.stringify(body) }),
  });
}

it('every call is answered 503 with the reason while Postgres is stopped, none 500, and as before when it is back', async () => {
  expect((await ask('GET', '/api/accounts')).status).toBe(200); // connections are there, and end
  await stopPostgres();
  for (const [method, path, body] of CALLS) {
    const answer = await ask(method, path, body);
    expect([method, path, answer.status]).toEqual([method, path, 503]);
    expect(await answer.json()).toMatchObject({
      type: '/problems/unavailable',
      detail: expect.stringContaining('Postgres does not answer'),
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  await startAgain();
  for (const path of ['/api/accounts', '/api/tasks', '/api/schedules', '/api/users/ada'])
    expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
});
