import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';

/** Somebody else with a browser of their own, signed in, at `path`. */
export type Visit = (account: DemoAccount, path?: string) => Promise<Page>;

/**
 * A Playwright test with visitors; their browsers are closed with it, and filmed as the first one is. It fails when a
 * page breaks the Content Security Policy that it came with.
 */
export const test = base.extend<{ visit: Visit; violations: string[] }>({
  violations: [
    async ({ context }, use) => {
      const violations: string[] = [];
      watchPolicy(context, violations);
      await use(violations);
      expect(violations).toEqual([]);
    },
    { auto: true },
  ],
  visit: async ({ browser, video, violations }, use, testInfo) => {
    const film = video === 'off' ? {} : { recordVideo: { dir: testInfo.outputPath('visitors') } };
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (account, path = '/home') => {
      const context = await browser.newContext(film);
      contexts.push(context);
      watchPolicy(context, violations);
      await signIn(context.request, account);
      const page = await context.newPage();
      await openLive(page, path);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/** Chromium says on the console what it did not run or load. */
function watchPolicy(context: BrowserContext, violations: string[]): void {
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
}
