import { expect, type Page } from '@playwright/test';
import { TEXTS } from '#app/(pages)/problems/[type]/texts.ts';
import { HOUR } from '#core/durations.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { followsNobody } from '#prisma/seed/demo/follows-nobody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { popular } from '#prisma/seed/demo/popular.ts';
import { rightToLeft } from '#prisma/seed/demo/right-to-left.ts';
import { consentPath, fetchToken, register } from './client-app.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { postByApi, typeAndPost } from './post.ts';
import { composer, headline, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

// A trace copies the page before and after every look. That took three quarters of the time.
test.use({ video: 'off', trace: 'off' });

test.beforeEach(({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

test('Welcome can be used by everybody', async ({ page }) => {
  await openLive(page, '/');
  await expectNoViolations(page);
});

test('Home before anybody is chosen can be used by everybody', async ({ page }) => {
  await openLive(page, '/home');
  await expectNoViolations(page);
});

test('Home can be used by everybody, with a text too long and a tweet that waits for the network', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  const sent = newText('Truing wheels by ear.');
  await typeAndPost(page, sent);
  await expect(tweet(page, sent)).toContainText('Delivered to');
  await page.context().setOffline(true);
  const unsent = newText('Truing wheels by candle light.');
  await typeAndPost(page, unsent);
  await expect(tweet(page, unsent)).toContainText('Offline.');
  await composer(page).fill('spoke '.repeat(60));
  await expectNoViolations(page);
});

test('an empty Home can be used by everybody', async ({ page }) => {
  await signIn(page.request, followsNobody);
  await openLive(page, '/home');
  await expectNoViolations(page);
});

test('older tweets can be used by everybody', async ({ page }) => {
  await signIn(page.request, followsEverybody);
  await openLive(page, '/home');
  const older = page.getByRole('link', { name: 'Older tweets' });
  await page.goto((await older.getAttribute('href')) ?? '');
  await expect(headline(page)).toHaveText('Older tweets');
  await expectNoViolations(page);
});

test('Split can be used by everybody, before and after two people are chosen', async ({ page }) => {
  await openLive(page, '/split');
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Sign both in and open' }).click();
  const text = newText('Brakes are a kind of promise.');
  await typeAndPost(page.getByRole('region', { name: /^Author: / }), text);
  await expect(page.getByRole('region', { name: /^Follower: / })).toContainText(text);
  await expectNoViolations(page);
});

test('a delivery page can be used by everybody, as a picture and as a table', async ({ page }) => {
  await signIn(page.request, popular);
  const { tweet } = await postByApi(page.request, popular, newText('Rice does not like to be watched.'));
  await openLive(page, `/t/${tweet.id}/delivery`);
  await expect(headline(page)).toContainText('0 missing');
  await page.getByRole('gridcell').first().focus();
  await expectNoViolations(page);
  await page.getByRole('button', { name: /^As a table/ }).click();
  await expectNoViolations(page);
});

test('Console can be used by everybody, and by an operator, who sees more', async ({ page }) => {
  await openLive(page, '/console');
  await expectNoViolations(page);
  await page.getByRole('button', { name: /^Act as .+, an operator$/ }).click();
  await expect(page.getByRole('region', { name: 'Workers' })).toBeVisible();
  await expectNoViolations(page);
});

test('Lab can be used by everybody, also by those who may only watch', async ({ page }) => {
  await openLive(page, '/lab');
  await expect(page.getByRole('article')).toBeVisible();
  await expectNoViolations(page);
});

test('Learn can be used by everybody, with an experiment open', async ({ page }) => {
  await signIn(page.request, followsEverybody);
  await openLive(page, '/learn');
  await page.getByRole('button', { name: 'The broker is emptied' }).click();
  await expect(page.getByRole('region', { name: 'Predict' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Little’s law L/ })).toBeVisible();
  await expectNoViolations(page);
});

test('the tour can be used by everybody', async ({ page }) => {
  await openLive(page, '/tour');
  await expect(page.getByRole('region', { name: 'Predict' })).toBeVisible();
  await expectNoViolations(page);
});

test('Tasks can be used by everybody, with a tweet that waits, one that is edited, and work that is done', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  const scheduledFor = new Date(Date.now() + HOUR).toISOString();
  for (const text of [newText('Tea at four.'), newText('Cake at five.')]) {
    const headers = { 'Idempotency-Key': newText('key').replaceAll(' ', '-') };
    await page.request.post('/api/tweets', { data: { text, scheduledFor }, headers });
  }
  await page.request.post('/api/tasks', { data: { kind: 'archive' } });
  await openLive(page, '/tasks');
  await expect(page.getByRole('link', { name: /^Download/ }).first()).toBeVisible();
  await page.getByRole('button', { name: /^Edit/ }).first().click();
  await page.getByLabel(/^Post at/).fill('2020-01-01T00:00:00');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Expected a time ahead')).toBeVisible();
  await page.getByText('Count trends on a schedule of your own').click();
  await expectNoViolations(page);
});

test('an app can be let in by everybody, and the list of those who are', async ({ page }) => {
  const client = await register(page.request, 'An app whose name is as long as it may be: '.padEnd(60, 'W'));
  await signIn(page.request, ordinary);
  await openLive(page, consentPath(client));
  await expectNoViolations(page, 'main');
  await page.getByRole('button', { name: 'Allow' }).click();
  const code = page.getByLabel('Code');
  await expect(code).toBeVisible();
  await expectNoViolations(page, 'main');
  await fetchToken(page.request, client, await code.inputValue());
  await openLive(page, '/clients');
  await expectNoViolations(page, 'main');
});

test('trends and who to follow can be used by everybody', async ({ page }) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/explore');
  await page.getByRole('button', { name: /^Compute/ }).click();
  await expect(page.getByRole('button', { name: /^Follow @/ }).first()).toBeVisible({ timeout: 20_000 });
  await expectNoViolations(page);
});

test('scheduling a tweet can be done by everybody', async ({ page }) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  await composer(page).fill('Later');
  await page.getByRole('button', { name: 'Schedule for later' }).click();
  await page.getByLabel(/^Post at/).fill('2020-01-01T00:00:00');
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(page.getByText('Expected a time ahead')).toBeVisible();
  await expectNoViolations(page, 'form');
});

test('a profile can be used by everybody, also one that is written right to left', async ({ page }) => {
  await signIn(page.request, followsEverybody);
  await openLive(page, `/u/${rightToLeft.handle}`);
  await expectNoViolations(page);
});

test('every kind of problem has a page that can be used by everybody', async ({ page }) => {
  for (const [type, { title }] of Object.entries(TEXTS)) {
    const answer = await page.request.get(`/problems/${type}`);
    expect(await answer.text()).toContain(`>${title}</h1>`);
  }
  await page.goto('/problems/over-capacity');
  await expect(headline(page)).toHaveText(TEXTS['over-capacity']?.title ?? '');
  await expectNoViolations(page);
});

test('what does not exist says so to everybody', async ({ page }) => {
  const answer = await page.goto('/nowhere');
  expect(answer?.status()).toBe(404);
  await expect(headline(page)).toHaveText('There is no such page');
  await expectNoViolations(page);
  await page.goto('/t/4242424242/delivery');
  await expect(headline(page)).toHaveText('No such tweet');
  await expectNoViolations(page);
});

test('open dialogs can be used by everybody', async ({ page }) => {
  await signIn(page.request, ordinary);
  const text = newText('Puncture of the week: a fish bone.');
  await postByApi(page.request, ordinary, text);
  await openLive(page, '/home');
  await inDialog(page, 'Act as', () => page.getByRole('button', { name: /^Acting as/ }).click());
  await inDialog(page, 'Help', () => page.getByRole('button', { name: 'Help' }).click());
  await inDialog(page, 'Settings', () => page.getByRole('button', { name: 'Settings' }).click());
  await inDialog(page, 'Delete this tweet?', () =>
    tweet(page, text).getByRole('button', { name: 'Delete' }).click(),
  );
  const other = page.getByRole('article').filter({ hasNotText: ordinary.name }).first();
  await inDialog(page, /^About /, () => other.getByRole('button').first().click());
});

async function inDialog(page: Page, name: string | RegExp, open: () => Promise<void>) {
  const dialog = page.getByRole('dialog', { name });
  await page.setViewportSize({ width: 1_280, height: 800 }); // the look before ended with the size of a phone
  await open();
  await expect(dialog).toBeVisible();
  await expectNoViolations(page, 'dialog[open], :popover-open');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
}
