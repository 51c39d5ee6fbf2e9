import { readFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';
import { newcomer } from '#prisma/seed/demo/newcomer.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { makeRoom } from './fill-up.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

/** The line of one file within an archive. */
const _fileOf = (archive: Locator, file: string): Locator =>
  archive.getByRole('listitem').filter({ hasText: file });

/** The ledger is told that so many deliveries wait. An archive then rests after every page, and is seen half-way. */
const _BUSY = 10_000;

test.afterEach(makeRoom);

/** The newest task of that name. */
const task = (page: Page, name: string): Locator =>
  page
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^${name}`) })
    .first();

test('an archive is packed, says how long it is kept, and holds what it should', async ({ visit }) => {
  const page = await visit(ordinary, '/tasks');
  await page.getByRole('button', { name: 'Pack my archive' }).click();
  const archive = task(page, 'Account archive');
  await expect(archive).toContainText(/kept until .+\d\d:\d\d:\d\d/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    archive.getByRole('link', { name: /^Download/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^maren_tveit-\d{4}-\d\d-\d\d\.zip$/);
  const zip = readFileSync(await download.path());
  expect(zip.subarray(0, 2).toString()).toBe('PK');
  for (const name of [
    'profile.json',
    'tweets.json',
    'tweets.csv',
    'following.csv',
    'followers.csv',
    'README.txt',
  ])
    expect(zip.includes(name)).toBe(true);
});

test('an archive of somebody else is nobody’s to take', async ({ visit }) => {
  const page = await visit(ordinary, '/tasks');
  await page.getByRole('button', { name: 'Pack my archive' }).click();
  const link = task(page, 'Account archive').getByRole('link', { name: /^Download/ });
  const path = (await link.getAttribute('href'))?.split('?')[0] ?? '';
  const other = await visit(newcomer);
  expect((await other.request.get(path)).status()).toBe(404);
  expect((await other.request.get(`${path}?account=${ordinary.handle}`)).status()).toBe(403);
});

test('whom to follow is computed over the whole graph, and following one of them is a click', async ({
  visit,
}) => {
  const page = await visit(newcomer);
  const panel = page.getByRole('region', { name: 'Who to follow' });
  await panel.getByRole('button', { name: /^Compute/ }).click();
  await expect(panel).toContainText(/computed (just now|\d+ s ago)/, { timeout: 20_000 });
  await expect(panel).toContainText(/[\d,]+ co-readers/);
  const follow = panel.getByRole('button', { name: /^Follow @/ });
  await expect(follow).toHaveCount(4);
  const handle = /@(\w+)/.exec((await follow.first().textContent()) ?? '')?.[1] ?? '';
  // The button changes at once. The list must not be read anew before the server has answered.
  const answered = page.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().endsWith(`/${handle}/follow`),
  );
  await follow.first().click();
  await expect(panel.getByRole('button', { name: `Following @${handle}` })).toBeVisible();
  await answered;

  await openLive(page, '/home');
  await expect(panel.getByRole('button', { name: `Follow @${handle}` })).toHaveCount(0);
  await expect(panel.getByRole('button', { name: /^Follow @/ })).toHaveCount(4);
  await page.request.delete(`/api/users/${handle}/follow`);
});

test('trends stand beside the timeline, and on a phone behind a link', async ({ page }) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  const trends = page.getByRole('region', { name: /^Trends/ });
  await expect(trends.getByRole('listitem')).toHaveCount(8);
  await expect(trends).toContainText(/\d+ tweets/);
  await page.setViewportSize({ width: 360, height: 800 });
  await expect(trends).toBeHidden();
  await page.getByRole('link', { name: 'Trends and who to follow' }).click();
  await expect(page).toHaveURL(/\/explore$/);
  await expect(trends.getByRole('listitem')).toHaveCount(8);
});

test('a schedule says which field is wrong, runs, and is paused and removed', async ({ visit }) => {
  const page = await visit(ordinary, '/tasks');
  await page.getByText('Count trends on a schedule of your own').click();
  const form = page.getByRole('form', { name: 'New schedule' });
  await form.getByLabel('Name').fill('by-hand');
  await form.getByLabel('Cron expression').fill('0 0 30 2 *');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(form).toContainText('never does');
  await expect(form.getByLabel('Cron expression')).toHaveAttribute('aria-invalid', 'true');
  await form.getByLabel('Cron expression').fill('* * * * * *');
  await form.getByLabel('Time zone').fill('Atlantis');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(form).toContainText('Expected a time zone');
  await form.getByLabel('Time zone').fill('Europe/Berlin');
  await form.getByRole('button', { name: 'Add' }).click();

  const added = page.getByRole('listitem').filter({ hasText: 'by-hand' });
  await expect(added).toContainText('in Europe/Berlin');
  await expect(added).toContainText(/last (just now|\d+ s ago), as task \d+/, { timeout: 20_000 });
  await added.getByRole('button', { name: /^Pause/ }).click();
  await expect(added).toContainText('paused: no next run');
  await added.getByRole('button', { name: /^Remove/ }).click();
  await expect(added).toHaveCount(0);
});
