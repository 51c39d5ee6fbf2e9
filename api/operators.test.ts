import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
const cookies = { nobody: '', ada: '', olga: '', both: '' };

beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  await addDemoAccount(world.postgres.pool, { id: 2, handle: 'olga' });
  stage = await openWebStage(world, { OPERATORS: 'olga' });
  cookies.ada = await signIn('ada');
  cookies.olga = await signIn('olga');
  cookies.both = await signIn('ada', cookies.olga);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

async function signIn(handle: string, cookie = ''): Promise<string> {
  const answer = await fetch(`${stage.url}/api/session`, {
    method: 'POST',
    headers: { cookie },
    body: JSON.stringify({ handle }),
  });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const pause = (cookie: string, headers: Record<string, string> = {}) =>
  fetch(`${stage.url}/api/pause`, {
    method: 'PUT',
    headers: { cookie, ...headers },
    body: '{"paused":false}',
  });

test.each([
  ['nobody', {}, 401, 'unauthorized'],
  ['ada', {}, 403, 'operators-only'],
  ['both', {}, 403, 'operators-only'],
  ['both', { 'x-account': 'olga' }, 200, undefined],
  ['olga', {}, 200, undefined],
  ['ada', { 'x-account': 'olga' }, 403, 'forbidden'],
] as const)(
  'what concerns everybody is for an operator who acts: %s %o',
  async (who, headers, status, kind) => {
    const answer = await pause(cookies[who], headers);
    expect(answer.status).toBe(status);
    if (kind) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ type: `/problems/${kind}`, status });
    }
  },
);

test('a refusal names the role and who has it', async () => {
  const { detail } = await (await pause(cookies.ada)).json();
  expect(detail).toBe('Account ada: expected one with the role operator. An operator here is olga.');
});

test('a refusal says how somebody gets the role where nobody has it', async () => {
  const without = await openWebStage(world);
  const answer = await fetch(`${without.url}/api/pause`, {
    method: 'PUT',
    headers: { cookie: cookies.olga },
    body: '{"paused":false}',
  });
  await without.stop();
  expect(answer.status).toBe(403);
  expect((await answer.json()).detail).toContain(
    'Nobody has it here: OPERATORS of the web process names those who do.',
  );
});

test('accounts and session tell who is an operator', async () => {
  const { accounts } = await (await fetch(`${stage.url}/api/accounts`)).json();
  expect(accounts).toMatchObject([
    { handle: 'ada', operator: false },
    { handle: 'olga', operator: true },
  ]);
  const session = await fetch(`${stage.url}/api/session`, { headers: { cookie: cookies.olga } });
  expect(await session.json()).toMatchObject({ acting: { handle: 'olga', operator: true } });
});
