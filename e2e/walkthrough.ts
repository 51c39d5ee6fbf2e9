import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';

/** Opens a browser for somebody else, who is signed in and looks at `path`. */
export type Visit = (account: DemoAccount, path?: string) => Promise<Page>;

/**
 * A Playwright test with visitors. Their browsers are closed with it, and recorded as the first one is. The test fails
 * when a page breaks the Content Security Policy that it came with, when a script of a page throws or leaves a
 * rejection unhandled, and when React cannot hydrate what the server has sent. `pageErrors` lists what was found so
 * far.
 */
export const test = base.extend<{ visit: Visit; pageErrors: string[] }>({
  pageErrors: [
    async ({ context }, use) => {
      const pageErrors: string[] = [];
      watch(context, pageErrors);
      await use(pageErrors);
      expect(pageErrors).toEqual([]);
    },
    { auto: true },
  ],
  visit: async ({ browser, video, pageErrors }, use, testInfo) => {
    const film = video === 'off' ? {} : { recordVideo: { dir: testInfo.outputPath('visitors') } };
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (account, path = '/home') => {
      const context = await browser.newContext(film);
      contexts.push(context);
      watch(context, pageErrors);
      await signIn(context.request, account);
      const page = await context.newPage();
      await openLive(page, path);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/**
 * Chromium says on the console what it did not run or load. What React could not hydrate it throws to the window, where
 * it is an error like any other. With the development server it is written to the console.
 */
function watch(context: BrowserContext, pageErrors: string[]): void {
  context.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy|hydrat/i.test(text)) pageErrors.push(text);
  });
  context.on('weberror', (failure) => pageErrors.push(String(failure.error())));
}
