import { expect, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { fillUp, makeRoom } from './fill-up.ts';
import { newText } from './new-text.ts';
import { typeAndPost } from './post.ts';
import { composer, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

test.afterEach(makeRoom);

test('a full system refuses, counts down, keeps the text over a reload, and makes one tweet', async ({
  visit,
}) => {
  const text = newText('Forty bicycles at the door. Festival weekend.');
  const page = await visit(ordinary);
  const keys = watchKeys(page);
  await fillUp();
  await typeAndPost(page, text);
  await expect(tweet(page, text)).toContainText(/Full \(503\)\. Trying again in \d+ s, try 2 of 6/);
  await expect(composer(page)).toHaveValue('');
  await expectCountdown(page, text);

  await page.reload();
  await expect(tweet(page, text)).toContainText(/Full \(503\)\. Trying again in \d+ s, try 2 of 6/);
  expect(await countTweets(page.request, ordinary, text)).toBe(0);

  await makeRoom();
  await tweet(page, text).getByRole('button', { name: 'Try now' }).click();
  await expect(tweet(page, text)).toContainText('Delivered to 12');
  await expect(tweet(page, text)).toHaveCount(1);
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
  expect(new Set(keys).size).toBe(1);
  expect(keys.length).toBeGreaterThanOrEqual(3);
});

test('a refused tweet goes out by itself as soon as there is room', async ({ visit }) => {
  const text = newText('Open on Sunday after all.');
  const page = await visit(ordinary);
  await fillUp({ perSecond: 1_999 }); // there will be room in about a second
  await typeAndPost(page, text);
  await expect(tweet(page, text)).toContainText('Full (503)');
  await makeRoom();
  await expect(tweet(page, text)).toContainText('Delivered to 12', { timeout: 15_000 });
  expect(await countTweets(page.request, ordinary, text)).toBe(1);
});

async function expectCountdown(page: Page, text: string) {
  const left = async () => Number(/in (\d+) s/.exec((await tweet(page, text).textContent()) ?? '')?.[1]);
  const first = await left();
  await expect.poll(left).toBeLessThan(first);
}

/** The idempotency keys of what this page posts. */
function watchKeys(page: Page): string[] {
  const keys: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/tweets'))
      keys.push(request.headers()['idempotency-key'] ?? '');
  });
  return keys;
}
