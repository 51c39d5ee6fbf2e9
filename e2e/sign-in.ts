import { type APIRequestContext, expect } from '@playwright/test';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';

/** Signs a demo account in, for the browser context or the program whose requests these are. */
export async function signIn(
  request: APIRequestContext,
  { handle }: Pick<DemoAccount, 'handle'>,
): Promise<void> {
  const answer = await request.post('/api/session', { data: { handle } });
  expect(answer.status()).toBe(204);
}
