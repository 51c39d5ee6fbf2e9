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
const of = (act: 'retry' | 'discard', whose: keyof typeof tasks) => () =>
  letters(act, { queue: 'task', task: tasks[whose] });
const schedule = (method: string, name: string) => () => ({
  method,
  path: `/api/schedules/${name}`,
  ...(method === 'PATCH' && { body: { enabled: false } }),
});

type Row = [what: string, request: () => Request, nobody: number, account: number, operator: number];
const TABLE: Row[] = [
  ['pauses', () => ({ method: 'PUT', path: '/api/pause', body: { paused: false } }), 401, 403, 200],
  ['retries one’s own task', of('retry', 'adas'), 401, 202, 202],
  ['retries somebody else’s', of('retry', 'bobs'), 401, 403, 202],
  ['retries the system’s', of('retry', 'ofTheSystem'), 401, 403, 202],
  ['retries none', () => letters('retry', { queue: 'task', task: 4_242 }), 401, 403, 202],
  ['retries all tasks', () => letters('retry', { queue: 'task' }), 401, 403, 202],
  ['retries all of an error', () => letters('retry', { queue: 'task', error: 'x' }), 401, 403, 202],
  ['retries all chunks', () => letters('retry', { queue: 'delivery' }), 401, 403, 202],
  ['discards one’s own task', of('discard', 'adas'), 401, 200, 200],
  ['discards somebody else’s', of('discard', 'bobs'), 401, 403, 200],
  ['discards the system’s', of('discard', 'ofTheSystem'), 401, 403, 200],
  ['discards all tasks', () => letters('discard', { queue: 'task' }), 401, 403, 200],
  ['discards all messages', () => letters('discard', { queue: 'fan-out' }), 401, 403, 200],
  ['changes the system’s schedule', schedule('PATCH', 'system'), 401, 403, 200],
  ['changes one’s own schedule', schedule('PATCH', 'adas'), 401, 200, 200],
  ['changes somebody else’s schedule', schedule('PATCH', 'bobs'), 401, 403, 200],
  ['changes no schedule', schedule('PATCH', 'none'), 401, 404, 404],
  ['removes the system’s schedule', schedule('DELETE', 'system'), 401, 403, 204],
  ['removes one’s own schedule', schedule('DELETE', 'adas'), 401, 204, 404],
  ['removes somebody else’s schedule', schedule('DELETE', 'bobs'), 401, 403, 204],
];

test.each(TABLE)('whoever %s is nobody, an account, an operator', async (_, request, ...statuses) => {
  const answers = [await ask('nobody', request()), await ask('ada', request()), await ask('olga', request())];
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  for (const answer of answers.filter(({ status }) => status === 403)) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await typeOf(answer)).toBe('/problems/operators-only');
  }
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
