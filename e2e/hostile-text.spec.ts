import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { postByApi } from './post.ts';
import { headline, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

const OVERRIDE = '\u202e'; // reverses what follows it, to the end of its paragraph
const TEXTS = [
  '</script><script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '"><svg onload=window.hacked=1>',
  'javascript:window.hacked=1 {{7*7}} #{7*7} &lt;b&gt;',
  `${OVERRIDE}<b>turned around</b>`,
];

test('a text is shown as it was written, runs nothing, and turns nothing around but itself', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  const sent = TEXTS.map((text) => newText(text));
  let id = 0;
  for (const text of sent) id = (await postByApi(page.request, ordinary, text)).tweet.id;
  for (const path of ['/home', `/u/${ordinary.handle}`]) {
    await openLive(page, path);
    for (const text of sent) {
      const card = tweet(page, text);
      await expect(card).toBeVisible();
      // The paragraph has a direction of its own, so the override ends with it and the author's line stays as it is.
      const isolation = await card
        .locator('p')
        .first()
        .evaluate((p) => getComputedStyle(p).unicodeBidi);
      expect(['isolate', 'plaintext', 'isolate-override']).toContain(isolation);
    }
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  }
  await openLive(page, `/t/${id}/delivery`);
  await expect(headline(page)).toBeVisible();
  await expect(page.getByText(sent.at(-1) ?? '')).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
});

test('nobody has an image fetched or resized by the server', async ({ request }) => {
  for (const url of ['/icon.svg', 'http://127.0.0.1/', '/docs/favicon-32x32.png'])
    expect((await request.get(`/_next/image?url=${encodeURIComponent(url)}&w=640&q=75`)).status()).toBe(404);
});
