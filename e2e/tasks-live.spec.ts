import { expect } from '@playwright/test';
import { newcomer } from '#prisma/seed/demo/newcomer.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test('everybody’s tasks and the schedules come by the stream: nothing is asked for again', async ({
  visit,
  request,
}) => {
  const page = await visit(newcomer, '/tasks');
  const asked: string[] = [];
  page.on('request', (call) => {
    if (/\/api\/(tasks|schedules)/.test(call.url())) asked.push(call.url());
  });
  await page.getByText('All', { exact: true }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'asked by a schedule' }).first()).toBeVisible();

  await signIn(request, ordinary);
  const answer = await request.post('/api/tasks', { data: { kind: 'archive' } });
  const { task } = await answer.json();
  const others = page.getByRole('listitem').filter({ hasText: `task ${task.id} ` });
  await expect(others).toContainText('somebody else’s');
  await expect(others).toContainText('done', { timeout: 20_000 });

  const schedule = { name: 'by-another', kind: 'trends', everyMs: 1_000 };
  await request.post('/api/schedules', { data: schedule });
  const added = page.getByRole('listitem').filter({ hasText: schedule.name });
  await expect(added).toContainText(/last (just now|\d+ s ago), as task \d+/, { timeout: 20_000 });
  await request.delete(`/api/schedules/${schedule.name}`);
  await expect(added).toHaveCount(0);
  expect(asked).toEqual([]);
});
