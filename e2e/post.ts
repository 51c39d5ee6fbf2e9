import { randomUUID } from 'node:crypto';
import { type APIRequestContext, expect, type Locator, type Page } from '@playwright/test';
import type { PostedTweet } from '#api/contract.ts';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';
import { composer } from './screen.ts';

/** Types into the composer of a page, or of a part of it, and posts with Ctrl+Enter. */
export async function typeAndPost(place: Page | Locator, text: string): Promise<void> {
  await composer(place).fill(text);
  await composer(place).press('Control+Enter');
}

/** Posts as a program does. It is for stories that begin with a tweet that exists already. */
export async function postByApi(
  request: APIRequestContext,
  { handle }: DemoAccount,
  text: string,
): Promise<PostedTweet> {
  const answer = await request.post('/api/tweets', {
    data: { text },
    headers: { 'X-Account': handle, 'Idempotency-Key': randomUUID() },
  });
  expect(answer.status()).toBe(202);
  return answer.json();
}
