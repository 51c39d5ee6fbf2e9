import type { Page, Request } from '@playwright/test';

export type HeldPost = {
  /** The request, once this page has made it. */
  made: Promise<Request>;
  /** How many posts the tabs of this browser have made so far. */
  count(): number;
  /** Lets the post, and every one after it, go on to the server. */
  letGo(): void;
};

const POSTS = '**/api/tweets';

/**
 * Holds back what the tabs of this browser post, until it is let go to the server. The answers are the server's own.
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
    // If the page was reloaded meanwhile, it has given up its request.
    await route.continue().catch(() => {});
  });
  return { made: page.waitForRequest(POSTS), count: () => count, letGo };
}
