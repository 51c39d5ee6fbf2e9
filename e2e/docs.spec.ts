import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test('the reference of the HTTP interface is reached from the rail, lists every call, and tries one', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  await page.goto('/home');
  await page.getByRole('link', { name: 'API', exact: true }).click();
  await expect(page).toHaveTitle(/HTTP interface/);
  await expect(page.getByText('/api/timelines/home')).toBeVisible();
  await page.getByText('The demo accounts', { exact: true }).click();
  await page.getByRole('button', { name: 'Try it out' }).click();
  await page.getByRole('button', { name: 'Execute' }).click();
  await expect(page.getByText('maren_tveit').first()).toBeVisible();
  await page.getByRole('link', { name: 'tweet-fanout' }).click();
  await expect(page).toHaveURL(/\/home$/);
});
