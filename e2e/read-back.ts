import { expect, type Page } from '@playwright/test';
import { count, counted } from '#app/ui/figures.ts';

/** Has the delivery page read every follower's timeline back, and finds the tweet in each of them, once. */
export async function readBack(page: Page, followers: number): Promise<void> {
  const panel = page.getByRole('region', { name: 'Audit' });
  await panel.getByRole('button', { name: `Read back ${counted(followers, 'timeline')}` }).click();
  await expect(panel).toContainText('Nobody was missed, and nobody got it twice.', { timeout: 30_000 });
  await expect(panel.getByRole('row', { name: /^present/ })).toContainText(count(followers));
  await expect(panel.getByRole('row', { name: /^missing 0 / })).toBeVisible();
  await expect(panel.getByRole('row', { name: /^twice 0 / })).toBeVisible();
}
