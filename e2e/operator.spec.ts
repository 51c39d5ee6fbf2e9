import { expect, type Page } from '@playwright/test';
import { demoOperator as operator } from '#dev/operators.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { inLedger } from './ledger.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test.afterEach(async () => {
  await inLedger('UPDATE backlog SET paused = false');
});

const pause = (page: Page) => page.getByRole('button', { name: 'Pause deliveries' });
const actAsOperator = (page: Page) =>
  page.getByRole('button', { name: `Act as ${operator.name}, an operator` });

test('an ordinary account sees no hosts and no controls on the console, acts as the operator by one click, pauses and resumes', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/console');
  const main = page.getByRole('main');
  await expect(main).toContainText('Workers take deliveries as they come.');
  await expect(main).toContainText('An operator also sees what each worker does');
  await expect(pause(page)).toHaveCount(0);
  for (const name of ['Workers', 'Dead letters'])
    await expect(page.getByRole('region', { name })).toHaveCount(0);
  const refused = await page.request.put('/api/pause', { data: { paused: true } });
  expect([refused.status(), (await refused.json()).type]).toEqual([403, '/problems/operators-only']);

  await actAsOperator(page).click();
  await expect(main).toContainText(`You act as ${operator.name}, an operator.`);
  await expect(page.getByRole('button', { name: /^Acting as/ })).toContainText(operator.name);
  const workers = page.getByRole('region', { name: 'Workers' });
  await expect(workers.getByRole('listitem').first()).toContainText('A');
  await expect(page.getByRole('region', { name: 'Dead letters' })).toBeVisible();

  await pause(page).click();
  await expect(main).toContainText(/Deliveries are paused for \d+ s/);
  await page.getByRole('button', { name: 'Resume deliveries' }).click();
  await expect(main).toContainText('Workers take deliveries as they come.');
});

test('whoever was the operator in another tab a moment ago is told why a click does nothing', async ({
  visit,
}) => {
  const page = await visit(operator, '/console');
  await expect(pause(page)).toBeVisible();
  // This browser has another session now, and the page does not know it yet.
  await page.context().clearCookies();
  await signIn(page.request, ordinary);
  await pause(page).click();
  await expect(page.getByRole('main')).toContainText(`Not changed: Account ${operator.handle}: expected one`);
});

test('the system’s schedules are an operator’s to pause; others are shown them', async ({ visit }) => {
  const schedule = (page: Page) => page.getByRole('listitem').filter({ hasText: 'trends Trends' });
  const page = await visit(ordinary, '/tasks');
  await expect(schedule(page)).toContainText('next');
  await expect(schedule(page).getByRole('button')).toHaveCount(0);
  await actAsOperator(page).click();
  await schedule(page).getByRole('button', { name: 'Pause trends' }).click();
  await expect(schedule(page)).toContainText('paused: no next run');
  await schedule(page).getByRole('button', { name: 'Resume trends' }).click();
  await expect(schedule(page)).toContainText('next');
});
