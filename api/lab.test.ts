import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FromSupervisor } from '#core/lab/messages.ts';
import { eventually } from '#testing/eventually.ts';
import { channelTo, type LabStage, openLabStage } from '#testing/lab-stage.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { LabLink } from './lab-link.ts';

const PATIENT = { timeout: 30_000 };

let world: World;
/** Web processes by how they are configured; each is linked to the lab, but for `off`. */
const webs: Record<string, WebStage> = {};
let stage: LabStage;
const cookies: Record<string, string> = { nobody: '' };

beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  await addDemoAccount(world.postgres.pool, { id: 2, handle: 'olga' });
  stage = openLabStage();
  webs.off = await openWebStage(world, { OPERATORS: 'olga' });
  webs.on = await openLinked({});
  webs.proxied = await openLinked({ TRUST_PROXY: '1' });
  webs.friends = await openLinked({ TRUST_PROXY: '1', LAB_HOSTS: '10.1.0.0/16,2001:db8::7' });
  for (const handle of ['ada', 'olga']) cookies[handle] = await signIn(handle);
});
afterAll(async () => {
  await Promise.all(Object.values(webs).map((web) => web.stop()));
  await stage.stop();
  await world.close();
});
afterEach(() => stage.lab.reset('the test'));

async function openLinked(env: Record<string, string>): Promise<WebStage> {
  const web = await openWebStage(world, { OPERATORS: 'olga', ...env });
  web.web.lab = new LabLink(channelTo(stage));
  return web;
}

async function signIn(handle: string): Promise<string> {
  const body = JSON.stringify({ handle });
  const answer = await fetch(`${webs.on?.url}/api/session`, { method: 'POST', body });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

type Asked = { web?: string; who?: string; from?: string };

const ask = (method: string, path: string, body?: object, { web = 'on', who = 'olga', from }: Asked = {}) =>
  fetch(`${webs[web]?.url}${path}`, {
    method,
    headers: { cookie: cookies[who] ?? '', ...(from && { 'x-forwarded-for': from }) },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Everything that breaks or heals something. */
const ACTS: [string, string, object?][] = [
  ['POST', '/api/lab/faults', { kind: 'worker-killed', worker: 'A', seconds: 60 }],
  ['DELETE', '/api/lab/faults/4711'],
  ['POST', '/api/lab/reset'],
  ['POST', '/api/lab/runs', { experiment: 'endless' }],
];
const READS = ['/api/lab', '/api/lab/experiments', '/api/lab/runs/4711', '/api/lab/runs/4711/picture'];

const WHO: [string, Asked, number, string][] = [
  ['with the lab off, nobody', { web: 'off', who: 'nobody' }, 404, 'lab-off'],
  ['with the lab off, an operator', { web: 'off' }, 404, 'lab-off'],
  ['nobody', { who: 'nobody' }, 401, 'unauthorized'],
  ['an ordinary account', { who: 'ada' }, 403, 'operators-only'],
  ['an operator through a proxy that nobody counts', { from: '127.0.0.1' }, 403, 'lab-elsewhere'],
  ['an operator on another machine', { web: 'proxied', from: '10.1.2.3' }, 403, 'lab-elsewhere'],
  ['an operator who says to be here', { web: 'proxied', from: '127.0.0.1, 10.1.2.3' }, 403, 'lab-elsewhere'],
  ['an operator on a machine beside LAB_HOSTS', { web: 'friends', from: '10.2.0.1' }, 403, 'lab-elsewhere'],
];

describe.each(ACTS)('%s %s', (method, path, body) => {
  test.each(WHO)('is refused to %s', async (_name, asked, status, kind) => {
    const answer = await ask(method, path, body, asked);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ type: `/problems/${kind}` });
    expect(stage.lab.state.faults).toEqual([]);
  });
});

test.each(READS)('GET %s answers 404 with the lab off, and says how to switch it on', async (path) => {
  const answer = await ask('GET', path, undefined, { web: 'off' });
  expect(answer.status).toBe(404);
  expect((await answer.json()).detail).toContain('LAB=1');
});

test('what is broken is everybody’s to see, with who broke it and when it heals', PATIENT, async () => {
  const made = await ask('POST', '/api/lab/faults', { kind: 'worker-frozen', worker: 'B', seconds: 30 });
  const { fault } = await made.json();
  expect(fault).toMatchObject({ target: 'worker B', by: 'olga', text: 'worker B is frozen' });
  expect(Date.parse(fault.healsAt) - Date.parse(fault.since)).toBe(30_000);
  await eventually(async () => {
    const answer = await ask('GET', '/api/lab', undefined, { who: 'nobody' });
    expect((await answer.json()).state.faults).toEqual([fault]);
  });
  const again = await ask('POST', '/api/lab/faults', { kind: 'worker-killed', worker: 'B' });
  expect(again.status).toBe(409);
  expect((await again.json()).detail).toContain('worker B is frozen');
  expect((await ask('DELETE', `/api/lab/faults/${fault.id}`)).status).toBe(204);
});
test('a part that is not embedded, and a worker or experiment that is not there, are named', async () => {
  const given = await ask('POST', '/api/lab/faults', { kind: 'postgres-restarted' });
  expect([given.status, (await given.json()).detail]).toEqual([409, expect.stringContaining('DATABASE_URL')]);
  const unknown = await ask('POST', '/api/lab/runs', { experiment: 'alchemy' });
  expect([unknown.status, (await unknown.json()).detail]).toEqual([
    404,
    'experiment: expected one of endless, tidies, races, dies, freezes, staged, got alchemy',
  ]);
});

test('a second run is refused with who runs what, and its result can be read', PATIENT, async () => {
  const { run } = await (await ask('POST', '/api/lab/runs', { experiment: 'endless', seed: 9 })).json();
  const second = await ask('POST', '/api/lab/runs', { experiment: 'endless' });
  expect([second.status, (await second.json()).detail]).toEqual([
    409,
    expect.stringMatching(/^olga has been running “endless” for \d+ s/),
  ]);
  await ask('POST', '/api/lab/reset');
  const picture = await ask('GET', `/api/lab/runs/${run.id}/picture`, undefined, { who: 'nobody' });
  expect(picture.headers.get('content-disposition')).toBe('attachment; filename="endless-seed-9.svg"');
  expect(await picture.text()).toContain('Broken off: reset by olga');
  const read = await ask('GET', `/api/lab/runs/${run.id}`, undefined, { who: 'nobody' });
  expect((await read.json()).run).toMatchObject({ seed: 9, state: 'broken off', reason: 'reset by olga' });
});

test(
  'how a race goes is told to who watches it, and to a web process that comes later',
  PATIENT,
  async () => {
    const { run } = await (await ask('POST', '/api/lab/runs', { experiment: 'races' })).json();
    const race = { run: run.id, stage: null, heats: [], crashes: [], reads: { pushedMs: 1, pulledMs: 2 } };
    const seen: unknown[] = [];
    const stop = webs.on?.web.lab.watchRace((view) => seen.push(view));
    await eventually(async () => expect(seen).toEqual([race]));
    stop?.();
    expect(new LabLink(channelTo(stage)).race).toEqual(race);
    const stream = await fetch(`${webs.on?.url}/api/stream?topics=race`, {
      signal: AbortSignal.timeout(5_000),
    });
    const events = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = (await events?.read()) ?? {};
    expect(value).toContain(`event: race\ndata: ${JSON.stringify(race)}`);
    await events?.cancel();
  },
);
test('a supervisor that does not answer is said to be so', async () => {
  let hear: (message: FromSupervisor) => void = () => {};
  const silent = new LabLink({ send: () => {}, hear: (given) => (hear = given) }, 20);
  hear({ lab: 'state', state: stage.lab.state });
  await expect(silent.ask({ do: 'reset', by: 'olga' })).rejects.toMatchObject({ kind: 'unavailable' });
});
