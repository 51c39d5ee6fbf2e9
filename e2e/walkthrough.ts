import { test as base, type Page } from '@playwright/test';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';

/** Somebody else with a browser of their own, signed in, at `path`. */
export type Visit = (account: DemoAccount, path?: string) => Promise<Page>;

/** A Playwright test with visitors; their browsers are closed with it, and filmed as the first one is. */
export const test = base.extend<{ visit: Visit }>({
  visit: async ({ browser, video }, use, testInfo) => {
    const film = video === 'off' ? {} : { recordVideo: { dir: testInfo.outputPath('visitors') } };
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (account, path = '/home') => {
      const context = await browser.newContext(film);
      contexts.push(context);
      await signIn(context.request, account);
      const page = await context.newPage();
      await openLive(page, path);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
