import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { ROOT } from '#dev/paths.ts';

declare global {
  interface Window {
    /** When the mouse or a finger last came down, in ms since 1970. */
    pressedAt: number;
    /** When a pill with new tweets was painted; 0 until then. Set it to 0 to wait for the next. */
    shownAt: number;
  }
}

/** Opens Home as a demo account, in a browser profile of its own, once its stream is live. See keep-times.js. */
export async function openHome(browser: Browser, url: string, handle: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url });
  await context.request.post('/api/session', { data: { handle } });
  await context.addInitScript({ path: join(ROOT, 'lab/stage/keep-times.js') });
  const page = await context.newPage();
  const stream = page.waitForResponse(/\/api\/stream/);
  await page.goto('/home');
  await stream;
  return page;
}
