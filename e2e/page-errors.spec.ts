import { expect, type Page } from '@playwright/test';
import { openLive } from './open-live.ts';
import { headline } from './screen.ts';
import { test } from './walkthrough.ts';

/*
 * Every other walkthrough relies on this: a page that fails is noticed. Each test here breaks a page on purpose, checks
 * that the fixture has seen the error, and takes it off the list.
 */

const BREAKS: { name: string; breakIt: (page: Page) => Promise<unknown>; seen: RegExp }[] = [
  {
    name: 'a script that throws',
    breakIt: (page) =>
      page.evaluate(() => {
        setTimeout(() => {
          throw new Error('thrown on purpose');
        });
      }),
    seen: /thrown on purpose/,
  },
  {
    name: 'a rejection that nobody handles',
    breakIt: (page) =>
      page.evaluate(() => {
        void Promise.reject(new Error('rejected on purpose'));
      }),
    seen: /rejected on purpose/,
  },
];

for (const { name, breakIt, seen } of BREAKS)
  test(`${name} would fail a walkthrough`, async ({ page, pageErrors }) => {
    await openLive(page, '/');
    expect(pageErrors).toEqual([]);
    await breakIt(page);
    await expect.poll(() => pageErrors.join('\n')).toMatch(seen);
    pageErrors.length = 0;
  });

test('a policy violation would fail a walkthrough', async ({ page, pageErrors }) => {
  await page.goto('/home');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
  });
  await expect.poll(() => pageErrors.join('\n')).toContain('Content Security Policy');
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  pageErrors.length = 0;
});

test('a page that does not come to life as the server sent it would fail a walkthrough', async ({
  page,
  pageErrors,
}) => {
  await page.route('/', async (route) => {
    const answer = await route.fetch();
    const body = await answer.text();
    const sent = body.replace('>Choose an account<', '>Something else<');
    expect(sent === body).toBe(false);
    await route.fulfill({ response: answer, body: sent });
  });
  await page.goto('/');
  await expect(headline(page)).toBeVisible();
  await expect.poll(() => pageErrors.join('\n')).toMatch(/hydrat|Minified React error #4\d\d/i);
  pageErrors.length = 0;
});

test('a page that works has nothing on the list', async ({ page, pageErrors }) => {
  await openLive(page, '/');
  expect(pageErrors).toEqual([]);
});

// Playwright expects this test to fail. The fixture fails it at its end, so it passes; otherwise it would fail.
test.fail('a walkthrough fails at its end when anything is on the list', async ({ page, pageErrors }) => {
  await openLive(page, '/');
  await page.evaluate(() => void Promise.reject(new Error('rejected on purpose')));
  while (pageErrors.length === 0) await page.evaluate(() => new Promise(requestAnimationFrame));
});
