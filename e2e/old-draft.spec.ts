import { randomUUID } from 'node:crypto';
import { expect, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

const DAY = 24 * 60 * 60 * 1_000;

test('a tweet that is older than its key asks whether it is to be posted again', async ({ visit }) => {
  const text = newText('I am sure that I wrote this on Monday.');
  const page = await visit(ordinary);
  const posts = watchPosts(page);
  await leaveBehind(page, { text, pressedAt: Date.now() - 3 * DAY });
  await expect(tweet(page, text)).toContainText('This was written 3 days ago and may have been posted.');
  await expectNoViolations(page, '[role=feed] > article:first-child');

  await tweet(page, text).getByRole('link', { name: 'Look' }).click();
  await expect(page).toHaveURL(new RegExp(`/u/${ordinary.handle}$`));
  await expect(tweet(page, text)).toHaveCount(0); // the server does not have it
  await openLive(page, '/home');
  expect(posts()).toBe(0);

  const second = await page.context().newPage();
  await openLive(second, '/home');
  await expect(tweet(second, text)).toContainText('may have been posted');
  await tweet(page, text).getByRole('button', { name: 'Post again' }).click();
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  await expect(tweet(page, text)).toHaveCount(1);
  expect(posts()).toBe(1);

  const posted = watchPosts(second);
  const asks = tweet(second, text).filter({ hasText: 'may have been posted' });
  await asks.getByRole('button', { name: 'Post again' }).click();
  await expect(asks).toHaveCount(0); // it has been answered: the other tab did that
  expect(posted()).toBe(0);
  await page.reload();
  await expect(tweet(page, text)).toHaveCount(1);
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
});

/** Stores a tweet as a browser would have that was closed before the answer came and is opened again now. */
async function leaveBehind(page: Page, entry: { text: string; pressedAt: number }): Promise<void> {
  const stored = { key: randomUUID(), account: ordinary.handle, ...entry };
  await page.evaluate(
    (unsent) => localStorage.setItem(`outbox:${unsent.key}`, JSON.stringify(unsent)),
    stored,
  );
  await page.reload();
}

/** How often this page has posted. */
function watchPosts(page: Page): () => number {
  let posts = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/tweets')) posts++;
  });
  return () => posts;
}
