import { expect, type Page } from '@playwright/test';
import { toField } from '#app/ui/zoned-time.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { makeRoom } from './fill-up.ts';
import { newText } from './new-text.ts';
import { composer, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

/** The field takes local time. That works because browser and test are in one zone. */
const inSeconds = (seconds: number) => toField(new Date(Date.now() + seconds * 1_000));

test.afterEach(makeRoom);

test('a tweet is scheduled, edited, and arrives at a follower when its time has come', async ({ visit }) => {
  const [first, text] = [newText('The kettle will boil at'), newText('The kettle has boiled.')];
  const author = await visit(ordinary);
  await schedule(author, first, inSeconds(3_600));
  await expect(author.getByText(/Scheduled for .+ \d\d:\d\d:\d\d GMT|Scheduled for .+ UTC/)).toBeVisible();
  await expect(composer(author)).toHaveValue('');
  await expect(tweet(author, first)).toHaveCount(0);

  const reader = await visit(followsEverybody);
  await author.getByRole('link', { name: 'Edit or cancel it' }).click();
  const waiting = author.getByRole('listitem').filter({ hasText: first });
  await waiting.getByRole('button', { name: /^Edit/ }).click();
  await author.getByRole('textbox', { name: 'Text' }).fill(text);
  await author.getByLabel(/^Post at/).fill(inSeconds(4));
  await author.getByRole('button', { name: 'Save' }).click();
  await expect(author.getByRole('listitem').filter({ hasText: text })).toBeVisible();

  await expect(reader.getByRole('button', { name: '1 new tweet' })).toBeVisible({ timeout: 15_000 });
  await reader.keyboard.press('.');
  await expect(tweet(reader, text)).toBeVisible();
  const done = author.getByRole('listitem').filter({ hasText: text });
  await done.getByRole('link', { name: 'Its delivery' }).click();
  await expect(author.getByRole('heading', { level: 1 })).toContainText('12 of 12');
  expect(await countTweets(author.request, ordinary, text)).toBe(1);
  expect(await countTweets(author.request, ordinary, first)).toBe(0);
});

test('a time that is over is said at the field, and the text stays', async ({ visit }) => {
  const page = await visit(ordinary);
  await schedule(page, 'Too late for this', inSeconds(-3_600));
  await expect(page.getByText('Expected a time ahead, got one that was 1 h ago')).toBeVisible();
  await expect(page.getByLabel(/^Post at/)).toHaveAttribute('aria-invalid', 'true');
  await expect(composer(page)).toHaveValue('Too late for this');
  await page.getByRole('button', { name: 'Post now instead' }).click();
  await expect(page.getByLabel(/^Post at/)).toHaveCount(0);
  await composer(page).fill('');
});

async function schedule(page: Page, text: string, at: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Schedule for later' }).click();
  await page.getByLabel(/^Post at/).fill(at);
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
}
