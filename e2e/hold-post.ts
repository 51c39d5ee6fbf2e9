import type { Page, Request } from '@playwright/test';

export type HeldPost = {
  /** The request, once this page has made it. */
  made: Promise<Request>;
  /** How many the tabs of this browser have made so far. */
  count(): number;
  /** Sends it, and every one after it, on to the server. */
  letGo(): void;
};

const POSTS = '**/api/tweets';

/**
 * Holds what the tabs of this browser post back from the server until it is let go. The answers are the server's own.
 */
export async function holdPost(page: Page): Promise<HeldPost> {
  let count = 0;
  let letGo = () => {};
  const gate = new Promise<void>((open) => {
    letGo = open;
  });
  await page.context().route(POSTS, async (route) => {
    count++;
    await gate;
    // A page that was reloaded meanwhile has given its request up.
    await route.continue().catch(() => {});
  });
  return { made: page.waitForRequest(POSTS), count: () => count, letGo };
}
