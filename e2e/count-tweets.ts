import { type APIRequestContext, expect } from '@playwright/test';
import type { TimelinePage } from '#api/contract.ts';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';

/** How many of the author's newest tweets have exactly this text, as the HTTP interface has them. */
export async function countTweets(
  request: APIRequestContext,
  { handle }: DemoAccount,
  text: string,
): Promise<number> {
  const answer = await request.get(`/api/users/${handle}/tweets?limit=100`);
  expect(answer.status()).toBe(200);
  const page: TimelinePage = await answer.json();
  return page.tweets.filter((tweet) => tweet.text === text).length;
}
