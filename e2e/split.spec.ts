import { expect } from '@playwright/test';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { test } from './walkthrough.ts';

const TIMES = /posted \d\d:\d\d:\d\d\.\d{3} → arrived \d\d:\d\d:\d\d\.\d{3} · (\d+ ms|[\d.]+ s)/;

test('both ends of a fan-out side by side, and a follower who was offline catches up', async ({ page }) => {
  await openLive(page, '/split');
  await page.getByRole('button', { name: 'Sign both in and open' }).click();
  const author = page.getByRole('region', { name: /^Author: / });
  const follower = page.getByRole('region', { name: /^Follower: / });
  await expect(follower.getByRole('status')).toHaveText('Draws every arrival when it comes.');
  await expect(page).toHaveURL(/author=\w+&follower=\w+/);

  const seen = newText('A bell that rings by itself. Warranty or exorcist?');
  await typeAndPost(author, seen);
  const arrived = follower.getByRole('listitem').filter({ hasText: seen });
  await expect(arrived).toContainText(TIMES);
  await expect(arrived).toContainText('by the clock of this browser');
  await expect(author.getByRole('listitem').filter({ hasText: seen })).toContainText('Delivered to 12');
  await expect(page.getByRole('region', { name: 'Queue' })).toContainText('12 of 12');

  await follower.getByText('offline', { exact: true }).click();
  await expect(follower.getByRole('radio', { name: 'offline' })).toBeChecked();
  const missed = newText('Found the other thirty-nine pedals.');
  await typeAndPost(author, missed);
  await expect(author.getByRole('listitem').filter({ hasText: missed })).toContainText('Delivered to 12');
  await expect(follower.getByRole('status')).toHaveText('1 tweet missed. Go live to catch up.');
  await expect(follower.getByText(missed)).toHaveCount(0);

  await follower.getByText('live', { exact: true }).click();
  const caughtUp = follower.getByRole('listitem').filter({ hasText: missed });
  await expect(caughtUp).toContainText(TIMES);
  await expect(caughtUp).toContainText('caught up after being offline');
});
