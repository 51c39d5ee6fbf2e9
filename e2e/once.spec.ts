import { expect, type Request } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { holdPost } from './hold-post.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { composer, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

test('a reload in mid-send keeps the tweet and makes it one', async ({ visit }) => {
  const text = newText('Inner tube number nine hundred.');
  const page = await visit(ordinary);
  const held = await holdPost(page);
  await typeAndPost(page, text);
  await held.made;
  await page.reload();
  await expect(tweet(page, text)).toContainText('Sending…');
  held.letGo();
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  await expect(tweet(page, text)).toHaveCount(1);
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
});

test('a reload after the server had it, before the answer came, makes one tweet', async ({ visit }) => {
  const text = newText('The answer got lost in the post.');
  const page = await visit(ordinary);
  let isFirst = true;
  let letGo = () => {};
  const gate = new Promise<void>((open) => {
    letGo = open;
  });
  await page.route('**/api/tweets', async (route) => {
    if (!isFirst) {
      await gate;
      return route.continue();
    }
    isFirst = false;
    await route.fetch(); // The server answers, and nobody hears it.
    await page.reload();
    await route.abort().catch(() => {});
  });
  const askedAgain = page.waitForEvent('request', { predicate: isSecondPost() });
  await typeAndPost(page, text);
  // The timeline has the tweet already, and the outbox asks again. There is one card, before the answer and after it.
  await askedAgain;
  await expect(tweet(page, text)).toHaveCount(1);
  letGo();
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  await expect(tweet(page, text)).toHaveCount(1);
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
});

test('a double click makes one tweet', async ({ visit }) => {
  const text = newText('Pressed twice, meant once.');
  const page = await visit(ordinary);
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Post', exact: true }).dblclick();
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  await expect(tweet(page, text)).toHaveCount(1);
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
});

test('a second tab sees a tweet that is being sent, and it stays one', async ({ visit }) => {
  const text = newText('Two doors, one bicycle.');
  const first = await visit(ordinary);
  const held = await holdPost(first);
  await typeAndPost(first, text);
  await held.made;
  const second = await first.context().newPage();
  await openLive(second, '/home');
  await expect(tweet(second, text)).toContainText('Sending…');
  expect(held.count()).toBe(1);
  held.letGo();
  for (const tab of [first, second]) {
    await expect(tweet(tab, text)).toContainText('Delivered to 12');
    await expect(tweet(tab, text)).toHaveCount(1);
  }
  expect(await countTweets(first.request, ordinary, text)).toBe(1);
});

test('a draft is there in a second tab, and gone from both once it is posted', async ({ visit }) => {
  const text = newText('Begun at the counter, finished in the yard.');
  const first = await visit(ordinary);
  await composer(first).fill(text);
  const second = await first.context().newPage();
  await openLive(second, '/home');
  await expect(composer(second)).toHaveValue(text);
  await composer(second).press('Control+Enter');
  await expect(tweet(second, text)).toContainText('Delivered to 12');
  await expect(composer(first)).toHaveValue('');
  await first.reload();
  await expect(composer(first)).toHaveValue('');
  expect(await countTweets(first.request, ordinary, text)).toBe(1);
});

function isSecondPost(): (request: Request) => boolean {
  let posts = 0;
  return (request) => request.method() === 'POST' && request.url().endsWith('/api/tweets') && ++posts === 2;
}
