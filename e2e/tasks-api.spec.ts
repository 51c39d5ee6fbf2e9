import { randomUUID } from 'node:crypto';
import { type APIResponse, expect, test } from '@playwright/test';
import type { Problem, ScheduleView, TaskList, TaskView } from '#api/contract.ts';
import { HOUR, MINUTE } from '#core/durations.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { popular } from '#prisma/seed/demo/popular.ts';
import { newText } from './new-text.ts';
import { signIn } from './sign-in.ts';

test.beforeEach(({ request }) => signIn(request, ordinary));

const BAD_SCHEDULES = [
  { name: 'minute 61', timing: { cron: '61 * * * *' }, field: 'cron' },
  { name: 'the 30th of February', timing: { cron: '0 0 30 2 *' }, field: 'cron' },
  { name: 'a zone on Mars', timing: { cron: '0 3 * * *', timeZone: 'Mars/Olympus' }, field: 'timeZone' },
  { name: 'ten times a second', timing: { everyMs: 100 }, field: 'everyMs' },
  { name: 'neither expression nor interval', timing: {}, field: 'cron' },
  { name: 'a kind that only people ask for', timing: { everyMs: MINUTE, kind: 'archive' }, field: 'kind' },
];

for (const { name, timing, field } of BAD_SCHEDULES) {
  test(`a schedule of ${name} is refused, and the answer names the field`, async ({ request }) => {
    const data = { name: `bad-${randomUUID().slice(0, 8)}`, kind: 'trends', ...timing };
    await expectBadField(await request.post('/api/schedules', { data }), field);
  });
}

test('a schedule is added, seen with its next run, changed, and removed by whoever made it', async ({
  request,
}) => {
  const name = `mine-${randomUUID().slice(0, 8)}`;
  const data = { name, kind: 'trends', cron: '0 3 * * *', timeZone: 'Europe/Berlin' };
  const added = await request.post('/api/schedules', { data });
  expect(added.status()).toBe(201);
  expect(added.headers().location).toBe(`/api/schedules/${name}`);
  await expectBadField(await request.post('/api/schedules', { data }), 'name');
  const { schedules }: { schedules: ScheduleView[] } = await (await request.get('/api/schedules')).json();
  expect(schedules.map((schedule) => schedule.name)).toEqual(expect.arrayContaining([name, 'trends']));
  const changed = await request.patch(`/api/schedules/${name}`, {
    data: { everyMs: MINUTE, enabled: false },
  });
  expect((await changed.json()).schedule).toMatchObject({ cron: null, everyMs: MINUTE, enabled: false });
  await signIn(request, popular);
  const others = { headers: { 'X-Account': popular.handle } };
  expect((await request.delete(`/api/schedules/${name}`, others)).status()).toBe(403);
  const mine = { headers: { 'X-Account': ordinary.handle } };
  expect((await request.delete(`/api/schedules/${name}`, mine)).status()).toBe(204);
});

test('a scheduled tweet is refused in the past, and is its author’s alone to change', async ({ request }) => {
  const text = newText('Later.');
  const inThePast = { text, scheduledFor: new Date(Date.now() - MINUTE).toISOString() };
  const headers = { 'Idempotency-Key': randomUUID() };
  await expectBadField(await request.post('/api/tweets', { data: inThePast, headers }), 'scheduledFor');
  const scheduledFor = new Date(Date.now() + HOUR).toISOString();
  const accepted = await request.post('/api/tweets', { data: { text, scheduledFor }, headers });
  expect(accepted.status()).toBe(202);
  const path = accepted.headers().location ?? '';
  await expectBadField(await request.patch(path, { data: inThePast }), 'scheduledFor');
  await expectBadField(await request.patch(path, { data: {} }), 'body');
  expect((await request.post(`${path}/retry`)).status()).toBe(404);
  await signIn(request, popular);
  const other = { headers: { 'X-Account': popular.handle } };
  expect((await request.get(path, other)).status()).toBe(404);
  expect((await request.delete(path, other)).status()).toBe(404);
  const all: TaskList = await (await request.get('/api/tasks?scope=all&kind=tweet', other)).json();
  const seen = all.tasks.find(({ id }) => path.endsWith(`/${id}`));
  expect(seen).toMatchObject({ state: 'waiting' });
  for (const hidden of ['data', 'accountId', 'worker', 'error']) expect(seen).not.toHaveProperty(hidden);
  const mine = { headers: { 'X-Account': ordinary.handle } };
  expect((await request.delete(path, mine)).status()).toBe(204);
  const { task }: { task: TaskView } = await (await request.get(path, mine)).json();
  expect(task).toMatchObject({ state: 'cancelled', attempts: 0 });
  const late = await request.patch(path, { data: { scheduledFor }, ...mine });
  expect([late.status(), (await late.json()).type]).toEqual([409, '/problems/too-late']);
});

test('what nobody can ask for is refused', async ({ request }) => {
  await expectBadField(await request.post('/api/tasks', { data: { kind: 'nonsense' } }), 'kind');
  await expectBadField(await request.get('/api/tasks?scope=yours'), 'scope');
  await expectBadField(await request.get('/api/tasks?state=lost'), 'state');
  expect((await request.get('/api/tasks/not-a-number')).status()).toBe(404);
});

async function expectBadField(answer: APIResponse, field: string): Promise<void> {
  expect(answer.status()).toBe(400);
  const { errors }: Problem = await answer.json();
  expect(errors?.map((error) => error.field)).toEqual([field]);
}
