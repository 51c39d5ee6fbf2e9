import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { askTasks } from '#core/tasks/ask.ts';
import { claimTasks } from '#core/tasks/claim.ts';
import { failTask } from '#core/tasks/fail.ts';
import { addSchedule } from '#core/tasks/schedules.ts';
import { channelTo, type LabStage, openLabStage } from '#testing/lab-stage.ts';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { api } from './app.ts';
import { LabLink } from './lab-link.ts';
import { openApiDocument } from './openapi.ts';

/** Who may do what: nobody who is signed in, ada, and olga, who is an operator. */

let world: World;
let stage: WebStage;
let lab: LabStage;
const cookies = { nobody: '', ada: '', olga: '', both: '' };
const tasks = { adas: 0, bobs: 0, ofTheSystem: 0 };

beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  for (const [id, handle] of ['', 'ada', 'bob', 'olga'].entries())
    if (handle) await addDemoAccount(pool, { id, handle });
  stage = await openWebStage(world, { OPERATORS: 'olga' });
  lab = openLabStage();
  stage.web.lab = new LabLink(channelTo(lab));
  cookies.ada = await cookieOf(stage, 'ada');
  cookies.olga = await cookieOf(stage, 'olga');
  cookies.both = await cookieOf(stage, 'olga', 'ada');
  Object.assign(tasks, { adas: await giveUp(1), bobs: await giveUp(2), ofTheSystem: await giveUp() });
  const timing = { cron: null, everyMs: 3_600_000, timeZone: 'UTC' };
  for (const [name, accountId] of Object.entries({ system: null, adas: 1, bobs: 2 }))
    await addSchedule(pool, { name, kind: 'trends', data: {}, accountId, ...timing });
});
afterAll(async () => {
  await stage.stop();
  await lab.stop();
  await world.close();
});

/** A dead letter of this account; without one of the system. */
async function giveUp(accountId?: number): Promise<number> {
  const { pool } = world.postgres;
  const [id = 0] = await askTasks(pool, [{ kind: 'any', data: {}, accountId }]);
  const [claimed] = await claimTasks(pool, [id], 'A');
  if (!claimed) throw new Error('Expected to claim the task');
  await failTask(pool, claimed, { kind: 'given up', error: 'broken' });
  return id;
}

type Request = { method: string; path: string; body?: object; headers?: Record<string, string> };

function ask(who: keyof typeof cookies, { method, path, body, headers = {} }: Request): Promise<Response> {
  return fetch(`${stage.url}${path}`, {
    method,
    headers: { ...headers, ...(cookies[who] && { cookie: cookies[who] }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const typeOf = async (answer: Response): Promise<unknown> => (await answer.json()).type;

const operation = z.object({ security: z.array(z.record(z.string(), z.array(z.string()))).optional() });
const { paths } = z
  .object({ paths: z.record(z.string(), z.record(z.string(), operation)) })
  .parse(openApiDocument(api));
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({ method, path, rule: JSON.stringify(security) })),
);
const ruledBy = (rule: object) =>
  operations
    .filter((each) => each.rule === JSON.stringify(rule))
    .map(({ method, path }) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, '1') }));

test.each(ruledBy([{ session: ['operator'] }]))(
  '$method $path is for operators, whatever is asked',
  async (request) => {
    expect((await ask('nobody', request)).status).toBe(401);
    const refused = await ask('ada', request);
    expect([refused.status, await typeOf(refused)]).toEqual([403, '/problems/operators-only']);
    expect([401, 403]).not.toContain((await ask('olga', request)).status);
  },
);

test.each(ruledBy([{ session: [] }]))('$method $path is for an account', async (request) => {
  const refused = await ask('nobody', request);
  expect([refused.status, await typeOf(refused)]).toEqual([401, '/problems/unauthorized']);
});

const letters = (act: 'retry' | 'discard', body: object) => ({
  method: 'POST',
  path: `/api/dead-letters/${act}`,
  body,
});

test('a refused retry and a refused discard change nothing', async () => {
  const id = await giveUp(2);
  const body = { queue: 'task', task: id };
  for (const act of ['retry', 'discard'] as const) await ask('ada', letters(act, body));
  const { rows } = await world.postgres.pool.query('SELECT state FROM task WHERE id = $1', [id]);
  expect(rows).toEqual([{ state: 'failed' }]);
});

test.each([
  ['both', {}, 403, '/problems/operators-only'],
  ['both', { 'x-account': 'olga' }, 200, undefined],
  ['ada', { 'x-account': 'olga' }, 403, '/problems/forbidden'],
] as const)('the role is that of the account that acts: %s %o', async (who, headers, status, type) => {
  const answer = await ask(who, { method: 'PUT', path: '/api/pause', body: { paused: false }, headers });
  expect([answer.status, await typeOf(answer)]).toEqual([status, type]);
});
test('a refusal says how somebody gets the role where nobody has it', async () => {
  const without = await openWebStage(world);
  const answer = await fetch(`${without.url}/api/pause`, {
    method: 'PUT',
    headers: { cookie: cookies.olga },
  });
  await without.stop();
  expect(answer.status).toBe(403);
  expect((await answer.json()).detail).toContain(
    'Nobody has it here: OPERATORS of the web process names those who do.',
  );
});

test('accounts and session tell who is an operator', async () => {
  const { accounts } = await (await ask('nobody', { method: 'GET', path: '/api/accounts' })).json();
  expect(accounts).toMatchObject([
    { handle: 'ada', operator: false },
    { handle: 'bob', operator: false },
    { handle: 'olga', operator: true },
  ]);
  const session = await ask('olga', { method: 'GET', path: '/api/session' });
  expect(await session.json()).toMatchObject({ acting: { handle: 'olga', operator: true } });
});
